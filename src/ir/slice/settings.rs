//! The variables that settings read.

use crate::ir::model::{
    Backend, Breaker, Cache, CallSettings, ConfigId, Hedge, InboundLimit, OperationSettings, OutboundLimit,
    Retry,
};

pub fn of_backend(backend: &Backend) -> Vec<ConfigId> {
    let Backend { timeout_ms, connect_timeout_ms, max_body, retry, hedge, breaker, limit, cache, .. } =
        backend;
    let plain = [timeout_ms.config(), connect_timeout_ms.config(), max_body.config()];
    let mut all = Vec::from_iter(plain.into_iter().flatten());
    retry.iter().for_each(|retry| all.extend(of_retry(retry)));
    hedge.iter().for_each(|hedge| all.extend(of_hedge(hedge)));
    breaker.iter().for_each(|breaker| all.extend(of_breaker(breaker)));
    limit.iter().for_each(|limit| all.extend(of_outbound_limit(limit)));
    cache.iter().for_each(|cache| all.extend(of_cache(cache)));
    all
}

pub fn of_operation(settings: &OperationSettings) -> Vec<ConfigId> {
    let plain = [settings.deadline_ms.config(), settings.max_body.config()];
    let mut all = Vec::from_iter(plain.into_iter().flatten());
    settings.limit.iter().for_each(|limit| all.extend(of_inbound_limit(limit)));
    settings.cache.iter().for_each(|cache| all.extend(of_cache(cache)));
    all.extend(settings.idempotent.as_ref().and_then(|once| once.keep_ms.config()));
    all
}

pub fn of_call(settings: &CallSettings) -> Vec<ConfigId> {
    let mut all = Vec::from_iter(settings.timeout_ms.and_then(|timeout| timeout.config()));
    settings.retry.this().into_iter().for_each(|retry| all.extend(of_retry(retry)));
    settings.hedge.this().into_iter().for_each(|hedge| all.extend(of_hedge(hedge)));
    settings.cache.this().into_iter().for_each(|cache| all.extend(of_cache(cache)));
    all
}

fn of_retry(of: &Retry) -> impl Iterator<Item = ConfigId> {
    let all = [of.times.config(), of.shortest_ms.config(), of.longest_ms.config(), of.budget.config()];
    all.into_iter().flatten()
}

fn of_hedge(of: &Hedge) -> Option<ConfigId> {
    match of {
        Hedge::After(time) => time.config(),
        Hedge::AfterPart(_) => None,
    }
}

fn of_breaker(of: &Breaker) -> impl Iterator<Item = ConfigId> {
    [of.opens.config(), of.of.config(), of.rests_ms.config()].into_iter().flatten()
}

fn of_outbound_limit(of: &OutboundLimit) -> impl Iterator<Item = ConfigId> {
    let rate = of.rate.and_then(|rate| rate.config());
    let at_once = of.at_once.and_then(|at_once| at_once.config());
    let wait = of.wait_ms.and_then(|wait| wait.config());
    [rate, at_once, wait].into_iter().flatten()
}

fn of_inbound_limit(of: &InboundLimit) -> impl Iterator<Item = ConfigId> {
    let rate = of.rate.and_then(|rate| rate.config());
    let burst = of.burst.and_then(|burst| burst.config());
    let at_once = of.at_once.and_then(|at_once| at_once.config());
    [rate, burst, at_once].into_iter().flatten()
}

fn of_cache(of: &Cache) -> impl Iterator<Item = ConfigId> {
    let stale = of.stale_ms.and_then(|stale| stale.config());
    [of.keep_ms.config(), stale, of.entries.config()].into_iter().flatten()
}
