//! Policies as the runtime takes them, and the values that they are made of: literals that can be read, or what the
//! configuration says.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::config;
use super::file::FileCx;
use super::krate::ident;
use crate::ir::{
    Breaker, Cache, CacheBy, ConfigId, Hedge, Known, OutboundLimit, Rate, Retry, RetryOn, SettingType,
};

/// How configuration is reached from where a setting stands: `config`, or `app.config`.
pub struct Settings<'f, 'k, 'p> {
    pub file: &'f FileCx<'k, 'p>,
    pub config: TokenStream,
}

impl<'f, 'k, 'p> Settings<'f, 'k, 'p> {
    /// Where the application is made.
    pub fn at_start(file: &'f FileCx<'k, 'p>) -> Settings<'f, 'k, 'p> {
        Settings { file, config: quote! { config } }
    }

    /// Where it is there.
    pub fn of_app(file: &'f FileCx<'k, 'p>) -> Settings<'f, 'k, 'p> {
        Settings { file, config: quote! { app.config } }
    }

    fn known<T>(&self, value: &Known<T>, written: impl FnOnce(&T) -> TokenStream) -> TokenStream {
        match value {
            Known::Written(value) => written(value),
            Known::Config(id) => self.read(*id),
        }
    }

    fn read(&self, id: ConfigId) -> TokenStream {
        let (config, field) = (&self.config, config::field(self.file.krate, id));
        quote! { #config.#field }
    }

    /// A time as the standard library has it.
    pub fn duration(&self, millis: &Known<u64>) -> TokenStream {
        self.known(millis, |millis| super::call::duration(*millis))
    }

    pub fn size(&self, bytes: &Known<u64>) -> TokenStream {
        self.known(bytes, |bytes| number(*bytes))
    }

    fn part(&self, part: &Known<f64>) -> TokenStream {
        self.known(part, |part| {
            let part = Literal::f64_unsuffixed(*part);
            quote! { #part }
        })
    }

    pub fn count(&self, count: &Known<u32>) -> TokenStream {
        self.known(count, |count| number(u64::from(*count)))
    }

    /// Where the runtime counts in another type than variables are read in: `u64`, `usize`.
    pub fn count_as(&self, count: &Known<u32>, ty: &str) -> TokenStream {
        let ty = ident(ty);
        match count {
            Known::Written(count) => number(u64::from(*count)),
            Known::Config(id) => {
                let value = self.read(*id);
                quote! { #value as #ty }
            }
        }
    }

    pub fn rate(&self, rate: &Known<Rate>) -> TokenStream {
        self.known(rate, |rate| {
            let name = self.file.from("flow_std::http", "Rate");
            let count = number(rate.count.min(u64::from(u32::MAX)));
            let per = super::call::duration(rate.per_seconds.saturating_mul(1000));
            quote! { #name { count: #count, per: #per } }
        })
    }

    /// By its path: an author may have a type of the same name.
    fn policy(&self, name: &str) -> TokenStream {
        let (module, name) = (self.file.std("policy"), ident(name));
        quote! { #module::#name }
    }

    pub fn retry(&self, of: &Retry) -> TokenStream {
        let (name, on) = (self.policy("Retry"), of.on.iter().map(|on| self.retry_on(*on)));
        let on: Vec<TokenStream> = on.collect();
        let (times, budget) = (self.count(&of.times), self.part(&of.budget));
        let (shortest, longest) = (self.duration(&of.shortest_ms), self.duration(&of.longest_ms));
        quote! {
            #name { times: #times, on: &[#(#on),*], backoff: #shortest..=#longest, budget: #budget }
        }
    }

    fn retry_on(&self, on: RetryOn) -> TokenStream {
        let name = self.policy("RetryOn");
        match on {
            RetryOn::Timeout => quote! { #name::Timeout },
            RetryOn::Unreachable => quote! { #name::Unreachable },
            RetryOn::Rejected => quote! { #name::Rejected },
            RetryOn::Malformed => quote! { #name::Malformed },
            RetryOn::Status(status) => {
                let status = number(u64::from(status));
                quote! { #name::Status(#status) }
            }
        }
    }

    pub fn hedge(&self, of: &Hedge) -> TokenStream {
        let name = self.policy("Hedge");
        match of {
            Hedge::After(time) => {
                let time = self.duration(time);
                quote! { #name::After(#time) }
            }
            Hedge::AfterPart(part) => {
                let part = Literal::f64_unsuffixed(*part);
                quote! { #name::AfterPart(#part) }
            }
        }
    }

    pub fn breaker(&self, of: &Breaker) -> TokenStream {
        let (name, opens) = (self.policy("Breaker"), self.part(&of.opens));
        let (of, rests) = (self.count(&of.of), self.duration(&of.rests_ms));
        quote! { #name { opens: #opens, of: #of, rests: #rests } }
    }

    pub fn outbound_limit(&self, of: &OutboundLimit) -> TokenStream {
        let name = self.policy("OutboundLimit");
        let rate = some(of.rate.as_ref().map(|rate| self.rate(rate)));
        let at_once = some(of.at_once.as_ref().map(|count| self.count_as(count, "usize")));
        let wait = some(of.wait_ms.as_ref().map(|wait| self.duration(wait)));
        quote! { #name { rate: #rate, at_once: #at_once, wait: #wait } }
    }

    pub fn cache(&self, of: &Cache) -> TokenStream {
        let (name, by) = (self.policy("Cache"), self.policy("CacheBy"));
        let keep = self.duration(&of.keep_ms);
        let stale = some(of.stale_ms.as_ref().map(|stale| self.duration(stale)));
        let by = match of.by {
            CacheBy::All => quote! { #by::All },
            CacheBy::Caller => quote! { #by::Caller },
        };
        let entries = self.count_as(&of.entries, "usize");
        quote! { #name { keep: #keep, stale: #stale, by: #by, entries: #entries } }
    }
}

pub fn some(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote! { Some(#value) },
        None => quote! { None },
    }
}

fn number(value: u64) -> TokenStream {
    let value = Literal::u64_unsuffixed(value);
    quote! { #value }
}

// ---- variables ----------------------------------------------------------------------------------

/// The type of the field that holds a variable of a setting.
pub fn config_type(ty: SettingType) -> TokenStream {
    match ty {
        SettingType::Duration => quote! { std::time::Duration },
        SettingType::Size => quote! { usize },
        SettingType::Rate => quote! { flow_std::http::Rate },
        SettingType::Percent => quote! { f64 },
        SettingType::Count { .. } => quote! { u32 },
    }
}

/// How a variable of a setting is read.
pub fn config_reader(file: &FileCx<'_, '_>, ty: SettingType) -> TokenStream {
    let quantity = file.from("flow_std::http", "quantity");
    match ty {
        SettingType::Duration => quote! { #quantity::duration },
        SettingType::Size => quote! { #quantity::size },
        SettingType::Rate => quote! { #quantity::rate },
        SettingType::Percent => quote! { #quantity::part },
        SettingType::Count { min, max } => {
            let (min, max) = (number(u64::from(min)), number(u64::from(max)));
            quote! { #quantity::count(#min..=#max) }
        }
    }
}
