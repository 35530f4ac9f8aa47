//! What the systems behind the services answer, and what callers send.

use std::fmt::Write;

/// The lines of an order in W3: a quarter of a megabyte.
pub const SHORT: usize = 1_000;

/// The lines of an order in W7: fifty megabytes.
pub const LONG: usize = 200_000;

pub fn customer() -> String {
    r#"{"CUST_NO":"C000042","FIRST_NM":"Ada","LAST_NM":"Lovelace","BIRTH_DT":"1985-12-10","EMAIL_ADDR":"ada.lovelace@example.com","PHONE_NO":"+351912345678","SEGMENT_CD":"A","STATUS_CD":"ACT","CREATED_TS":"2024-01-31T09:30:00Z","CREDIT_LIM":2500.5,"BALANCE_AMT":-120.25,"CURRENCY_CD":"EUR","LANG_CD":"pt","VAT_NO":"PT123456789","MKT_FLG":true,"VISIT_CNT":37,"STREET_NM":"Rua Garrett","HOUSE_NO":"42A","ZIP_CD":"1200-203","CITY_NM":"Lisboa","CTRY_CD":"PT","REGION_CD":"LX","LOAD_ID":"b7f1c2d3-0000-4000-8000-00000000002a","LOADED_TS":"2026-03-02T09:14:07Z"}"#.to_owned()
}

pub fn profile() -> String {
    r#"{"id":"C000042","name":"Ada Lovelace","email":"ada.lovelace@example.com","tier":"gold","since":"2024-01-31","points":1815,"language":"pt","street":"Rua Garrett 42A","city":"Lisboa","country":"PT"}"#.to_owned()
}

pub fn orders() -> String {
    list(10, |text, number| {
        write!(
            text,
            r#"{{"id":"O{number:06}","status":"shipped","total":{}.5,"currency":"EUR","placed":"2026-02-{:02}T10:00:00Z","items":3,"carrier":"DHL Express"}}"#,
            100 + number,
            1 + number
        )
    })
}

pub fn activities() -> String {
    list(20, |text, number| {
        write!(
            text,
            r#"{{"id":"A{number:06}","kind":"call","text":"Talked about order {number}, all is well","at":"2026-02-{:02}T11:30:00Z","channel":"phone"}}"#,
            1 + number
        )
    })
}

/// About 250 bytes each.
pub fn lines(count: usize) -> String {
    list(count, |text, number| {
        write!(
            text,
            r#"{{"LN_NO":{number},"MAT_NO":"SKU-{number:06}","MAT_TX":"Hexagon bolt, steel, zinc plated, M8 x 40","QTY":{},"UNIT_PRC":{}.25,"NET_AMT":{}.5,"TAX_PCT":23.0,"WHS_CD":"LX-{:02}","DLV_DT":"2026-03-{:02}","OPEN_FLG":{},"COST_CTR":"CC-4711","CHG_USR":"batch-job-0042"}}"#,
            1 + number % 90,
            1 + number % 300,
            2 + number % 9000,
            number % 20,
            1 + number % 28,
            number % 3 == 0
        )
    })
}

pub fn created_order() -> String {
    r#"{"id":"O000815","total":149.97,"status":"open","placed":"2026-03-02T09:14:07Z","revision":1}"#
        .to_owned()
}

pub fn hold() -> String {
    r#"{"id":"H000123","expires":"2026-03-02T09:44:07Z","place":"LX-07"}"#.to_owned()
}

pub fn paid() -> String {
    r#"{"id":"P000456","status":"paid","amount":149.97,"receipt":"R-2026-000456"}"#.to_owned()
}

/// What a caller of W4 sends.
pub fn checkout() -> String {
    r#"{"customer":"C000042","currency":"EUR","note":"Ring twice","items":[{"sku":"SKU-000001","quantity":2},{"sku":"SKU-000007","quantity":1},{"sku":"SKU-000042","quantity":10}],"token":"tok_4242424242424242"}"#.to_owned()
}

fn list(count: usize, one: impl Fn(&mut String, usize) -> std::fmt::Result) -> String {
    let mut text = "[".to_owned();
    for number in 0..count {
        if number > 0 {
            text.push(',');
        }
        let _ = one(&mut text, number); // a text takes all that is written into it
    }
    text.push(']');
    text
}
