//! The documents of all workloads as structs that borrow from the bytes they were read from, and what becomes of them: what
//! b and c have in common.

use std::borrow::Cow;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

// ---- W1 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct CustomerRecord<'a> {
    #[serde(borrow)]
    pub cust_no: Cow<'a, str>,
    #[serde(borrow)]
    pub first_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub last_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub birth_dt: Cow<'a, str>,
    #[serde(borrow)]
    pub email_addr: Cow<'a, str>,
    #[serde(borrow)]
    pub phone_no: Cow<'a, str>,
    #[serde(borrow)]
    pub segment_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub created_ts: Cow<'a, str>,
    pub credit_lim: f64,
    pub balance_amt: f64,
    #[serde(borrow)]
    pub currency_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub lang_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub vat_no: Cow<'a, str>,
    pub mkt_flg: bool,
    pub visit_cnt: i64,
    #[serde(borrow)]
    pub street_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub house_no: Cow<'a, str>,
    #[serde(borrow)]
    pub zip_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub city_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub ctry_cd: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer<'a> {
    pub id: &'a str,
    pub name: Name<'a>,
    pub contact: Contact<'a>,
    pub tier: &'static str,
    pub since: &'a str,
    pub credit: Credit<'a>,
    pub language: &'a str,
    pub vat_number: &'a str,
    pub newsletter: bool,
    pub visits: i64,
    pub address: Address<'a>,
}

#[derive(Serialize)]
pub struct Name<'a> {
    pub first: &'a str,
    pub last: &'a str,
    pub born: &'a str,
}

#[derive(Serialize)]
pub struct Contact<'a> {
    pub email: &'a str,
    pub phone: &'a str,
}

#[derive(Serialize)]
pub struct Credit<'a> {
    pub limit: f64,
    pub balance: f64,
    pub currency: &'a str,
}

#[derive(Serialize)]
pub struct Address<'a> {
    pub street: &'a str,
    pub number: &'a str,
    pub postcode: &'a str,
    pub city: &'a str,
    pub country: &'a str,
}

impl<'a> Customer<'a> {
    pub fn of(record: &'a CustomerRecord) -> Customer<'a> {
        Customer {
            id: &record.cust_no,
            name: Name { first: &record.first_nm, last: &record.last_nm, born: &record.birth_dt },
            contact: Contact { email: &record.email_addr, phone: &record.phone_no },
            tier: tier(&record.segment_cd),
            since: &record.created_ts,
            credit: Credit {
                limit: record.credit_lim,
                balance: record.balance_amt,
                currency: &record.currency_cd,
            },
            language: &record.lang_cd,
            vat_number: &record.vat_no,
            newsletter: record.mkt_flg,
            visits: record.visit_cnt,
            address: Address {
                street: &record.street_nm,
                number: &record.house_no,
                postcode: &record.zip_cd,
                city: &record.city_nm,
                country: &record.ctry_cd,
            },
        }
    }
}

fn tier(segment: &str) -> &'static str {
    match segment {
        "A" => "gold",
        "B" => "silver",
        _ => "basic",
    }
}

// ---- W2 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
pub struct Profile<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub tier: Cow<'a, str>,
    pub points: i64,
}

#[derive(Deserialize, Serialize)]
pub struct Order<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    pub total: f64,
}

#[derive(Deserialize, Serialize)]
pub struct Activity<'a> {
    #[serde(borrow)]
    pub text: Cow<'a, str>,
    #[serde(borrow)]
    pub at: Cow<'a, str>,
}

#[derive(Serialize)]
pub struct Home<'a> {
    pub name: &'a str,
    pub tier: &'a str,
    pub points: i64,
    pub orders: &'a [Order<'a>],
    pub activity: &'a [Activity<'a>],
}

impl<'a> Home<'a> {
    pub fn of(profile: &'a Profile, orders: &'a [Order<'a>], activities: &'a [Activity<'a>]) -> Home<'a> {
        Home {
            name: &profile.name,
            tier: &profile.tier,
            points: profile.points,
            orders: &orders[..orders.len().min(3)],
            activity: &activities[..activities.len().min(5)],
        }
    }
}

// ---- W3, W7 --------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct LineRecord<'a> {
    pub ln_no: i64,
    #[serde(borrow)]
    pub mat_no: Cow<'a, str>,
    #[serde(borrow)]
    pub mat_tx: Cow<'a, str>,
    pub qty: i64,
    pub unit_prc: f64,
    pub net_amt: f64,
    pub tax_pct: f64,
    #[serde(borrow)]
    pub whs_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub dlv_dt: Cow<'a, str>,
    pub open_flg: bool,
}

#[derive(Serialize)]
pub struct Line<'a> {
    pub number: i64,
    pub sku: &'a str,
    pub text: &'a str,
    pub quantity: i64,
    pub price: f64,
    pub amount: f64,
    pub tax: f64,
    pub warehouse: &'a str,
    pub delivery: &'a str,
    pub open: bool,
}

pub struct Lines<'a>(pub Vec<LineRecord<'a>>);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for record in &self.0 {
            list.serialize_element(&Line {
                number: record.ln_no,
                sku: &record.mat_no,
                text: &record.mat_tx,
                quantity: record.qty,
                price: record.unit_prc,
                amount: record.net_amt,
                tax: record.tax_pct,
                warehouse: &record.whs_cd,
                delivery: &record.dlv_dt,
                open: record.open_flg,
            })?;
        }
        list.end()
    }
}

// ---- W4 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkout<'a> {
    #[serde(borrow)]
    pub customer: Cow<'a, str>,
    #[serde(borrow)]
    pub currency: Cow<'a, str>,
    #[serde(borrow)]
    pub note: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub items: Vec<Item<'a>>,
    #[serde(borrow)]
    pub token: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Item<'a> {
    #[serde(borrow)]
    pub sku: Cow<'a, str>,
    pub quantity: i64,
}

impl Checkout<'_> {
    pub fn is_valid(&self) -> bool {
        let length = |text: &str, from, to| (from..=to).contains(&text.chars().count());
        length(&self.customer, 3, 20)
            && matches!(&*self.currency, "EUR" | "USD")
            && (1..=50).contains(&self.items.len())
            && self.items.iter().all(|item| length(&item.sku, 3, 20) && (1..=1000).contains(&item.quantity))
            && length(&self.token, 8, 100)
    }
}

impl<'a> Checkout<'a> {
    pub fn order(&'a self) -> NewOrder<'a> {
        NewOrder {
            customer: &self.customer,
            currency: &self.currency,
            note: self.note.as_deref(),
            lines: &self.items,
        }
    }

    pub fn reservation(&'a self, order: &'a CreatedOrder) -> Reservation<'a> {
        Reservation { order: &order.id, lines: &self.items }
    }

    pub fn charge(&'a self, order: &'a CreatedOrder) -> Charge<'a> {
        Charge { order: &order.id, amount: order.total, token: &self.token }
    }
}

#[derive(Serialize)]
pub struct NewOrder<'a> {
    pub customer: &'a str,
    pub currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    pub lines: &'a [Item<'a>],
}

#[derive(Deserialize)]
pub struct CreatedOrder<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    pub total: f64,
    #[serde(borrow)]
    pub placed: Cow<'a, str>,
}

#[derive(Serialize)]
pub struct Reservation<'a> {
    pub order: &'a str,
    pub lines: &'a [Item<'a>],
}

#[derive(Serialize)]
pub struct Charge<'a> {
    pub order: &'a str,
    pub amount: f64,
    pub token: &'a str,
}

#[derive(Deserialize)]
pub struct Hold<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub expires: Cow<'a, str>,
}

#[derive(Deserialize)]
pub struct Paid<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
}

#[derive(Serialize)]
pub struct Placed<'a> {
    pub id: &'a str,
    pub total: f64,
    pub placed: &'a str,
    pub hold: &'a str,
    pub until: &'a str,
    pub payment: &'a str,
    pub paid: bool,
}

impl<'a> Placed<'a> {
    pub fn of(order: &'a CreatedOrder, hold: &'a Hold, paid: &'a Paid) -> Placed<'a> {
        Placed {
            id: &order.id,
            total: order.total,
            placed: &order.placed,
            hold: &hold.id,
            until: &hold.expires,
            payment: &paid.id,
            paid: paid.status == "paid",
        }
    }
}

// ---- W6 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct ShortRecord<'a> {
    #[serde(borrow)]
    pub first_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub last_nm: Cow<'a, str>,
    #[serde(borrow)]
    pub segment_cd: Cow<'a, str>,
    #[serde(borrow)]
    pub city_nm: Cow<'a, str>,
}

#[derive(Serialize)]
pub struct Screen<'a> {
    pub name: String,
    pub tier: &'static str,
    pub city: &'a str,
    pub orders: &'a [Order<'a>],
}

impl<'a> Screen<'a> {
    pub fn of(record: &'a ShortRecord, orders: &'a [Order<'a>]) -> Screen<'a> {
        Screen {
            name: [&record.first_nm, " ", &record.last_nm].concat(),
            tier: tier(&record.segment_cd),
            city: &record.city_nm,
            orders: &orders[..orders.len().min(3)],
        }
    }
}
