//! How much clients may write, read and ask for (KIP-13, KIP-219). Each node counts for itself.

use std::collections::BTreeMap;

use kafka_proto::wire::StrBytes;

use crate::cluster::conf::Quota;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    ProducedBytes,
    FetchedBytes,
    Requests,
}

/// So much of something, used by a client at a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage<'a> {
    pub(crate) node: i32,
    pub(crate) client: &'a StrBytes,
    pub(crate) resource: Resource,
    pub(crate) amount: usize,
}

/// A client may use up what it is allowed in a second at once; then it has to wait.
const BURST_US: i64 = 1_000_000;

/// The quotas of all clients, and what they have used.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    /// By client id; that of no name is every other client's.
    limits: BTreeMap<String, Quota>,
    /// When all that was used is paid for, in microseconds since 1970.
    paid_at: BTreeMap<(i32, StrBytes, Resource), i64>,
}

impl Quotas {
    pub(crate) fn set(&mut self, client: &str, quota: Quota) {
        self.limits.insert(client.to_owned(), quota);
        self.paid_at.clear();
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A client uses so much of something. Returns for how many milliseconds it has to wait before it uses more.
    pub(crate) fn charge(&mut self, usage: Usage<'_>, now: i64) -> i32 {
        let Some((place, paid_at)) = self.price(usage, now) else { return 0 };
        self.paid_at.insert(place, paid_at);
        wait(paid_at, now)
    }

    /// The same for something that is only given if the client does not have to wait for it; if it has to, it is not
    /// charged. What is too large for any second is given to whoever has used nothing for one.
    pub(crate) fn charge_or_refuse(&mut self, usage: Usage<'_>, now: i64) -> i32 {
        let Some((place, paid_at)) = self.price(usage, now) else { return 0 };
        let fresh = self.paid_at.get(&place).is_none_or(|paid_at| *paid_at <= now * 1_000 - BURST_US);
        let wait = if fresh { 0 } else { wait(paid_at, now) };
        if wait == 0 {
            self.paid_at.insert(place, paid_at);
        }
        wait.min(BURST_US as i32 / 1_000)
    }

    fn price(&self, usage: Usage<'_>, now: i64) -> Option<((i32, StrBytes, Resource), i64)> {
        let Usage { node, client, resource, amount } = usage;
        let quota = self.limits.get(&**client).or_else(|| self.limits.get(""))?;
        let limit = match resource {
            Resource::ProducedBytes => quota.produced_bytes_per_second,
            Resource::FetchedBytes => quota.fetched_bytes_per_second,
            Resource::Requests => quota.requests_per_second,
        };
        let cost =
            (amount as i64).saturating_mul(1_000_000) / i64::try_from(limit?.max(1)).unwrap_or(i64::MAX);
        let place = (node, client.clone(), resource);
        let base = self.paid_at.get(&place).copied().unwrap_or(i64::MIN).max(now * 1_000 - BURST_US);
        Some((place, base.saturating_add(cost)))
    }
}

fn wait(paid_at: i64, now: i64) -> i32 {
    let us = paid_at.saturating_sub(now * 1_000).max(0);
    i32::try_from((us + 999) / 1_000).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(node: i32, client: &StrBytes, resource: Resource, amount: usize) -> Usage<'_> {
        Usage { node, client, resource, amount }
    }

    #[test]
    fn a_second_s_worth_is_free_and_the_rest_waits() {
        let mut quotas = Quotas::default();
        let (own, other) = (StrBytes::from("own"), StrBytes::from("other"));
        let quota = |bytes| Quota { produced_bytes_per_second: Some(bytes), ..Quota::default() };
        quotas.set("", quota(1_000));
        quotas.set("own", quota(10));
        let mut charge =
            |client, amount, now| quotas.charge(usage(1, client, Resource::ProducedBytes, amount), now);
        assert_eq!(charge(&other, 1_000, 5_000), 0);
        assert_eq!(charge(&other, 500, 5_000), 500);
        assert_eq!(charge(&other, 500, 6_000), 0, "it has waited");
        assert_eq!(charge(&own, 20, 6_000), 1_000);
        assert_eq!(quotas.charge(usage(1, &own, Resource::Requests, 20), 6_000), 0, "no such quota");
        assert_eq!(quotas.charge(usage(2, &own, Resource::ProducedBytes, 10), 6_000), 0, "another node");
    }

    #[test]
    fn what_is_refused_costs_nothing_and_what_is_too_large_is_given_in_the_end() {
        let mut quotas = Quotas::default();
        quotas.set("", Quota { fetched_bytes_per_second: Some(1_000), ..Quota::default() });
        let client = StrBytes::from("c");
        let mut ask = |now| quotas.charge_or_refuse(usage(1, &client, Resource::FetchedBytes, 3_000), now);
        assert_eq!(ask(10_000), 0);
        let mut now = 10_000;
        let mut waited = 0;
        loop {
            let wait = i64::from(ask(now));
            if wait == 0 {
                break;
            }
            (now, waited) = (now + wait, waited + wait);
        }
        assert_eq!(waited, 3_000);
    }
}
