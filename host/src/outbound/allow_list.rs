//! `allowed_outbound_hosts`: whom a component may call.

use std::net::IpAddr;

use http::Uri;

use super::chaining;
use crate::diagnostics::closest;
use crate::manifest::{Component, Manifest};
use crate::variables::Variables;

/// The list of one component. Who is not on it is not called.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Allowed>);

#[derive(Debug, PartialEq, Eq)]
struct Allowed {
    /// None is any.
    scheme: Option<String>,
    host: Host,
    ports: Ports,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// `.example.org`: everything below, not the domain itself.
    Below(String),
    Name(String),
    Address(IpAddr),
    Network(IpAddr, u8),
}

#[derive(Debug, PartialEq, Eq)]
enum Ports {
    Any,
    One(u16),
    /// From the first up to, and without, the last.
    Range(u16, u16),
}

impl AllowList {
    /// The list of a component, its templates filled in. An entry that is empty
    /// after that (`{{ x }}`, `https://{{ x }}`) allows nothing, as in Spin.
    ///
    /// # Errors
    ///
    /// When an entry is wrong. (A real Spin starts, and then denies every call.)
    pub fn resolve(
        manifest: &Manifest,
        component: &Component,
        variables: &Variables,
    ) -> miette::Result<Self> {
        let mut list = Vec::new();
        for (template, span) in &component.allowed_outbound_hosts {
            let text = template.fill(|name| variables.get(name));
            let skipped = matches!(text.as_str(), "" | "http://" | "https://");
            if skipped && !template.is_literal() {
                continue;
            }
            let allowed = Allowed::parse(&text).map_err(|advice| {
                manifest
                    .file
                    .error(span.clone(), format!("`{text}` is no allowed host"))
                    .help(advice)
            })?;
            if let Host::Name(host) = &allowed.host
                && let Some(id) = host.strip_suffix(chaining::SUFFIX)
                && !manifest.components.contains_key(id)
                && !manifest.is_partial
            {
                let fault = manifest
                    .file
                    .error(span.clone(), format!("there is no component `{id}`"));
                let ids = manifest.components.keys().map(String::as_str);
                return Err(match closest(id, ids) {
                    Some(id) => {
                        fault.help(format!("Did you mean `http://{id}{}`?", chaining::SUFFIX))
                    }
                    None => fault,
                }
                .into());
            }
            list.push(allowed);
        }
        Ok(Self(list))
    }

    /// Whether a request may go to this address.
    pub fn allows(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        let Some(port) = uri.port_u16().or_else(|| default_port(scheme)) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        let address = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .ok();
        self.0.iter().any(|allowed| {
            allowed.scheme.as_deref().is_none_or(|it| it == scheme)
                && allowed.host.allows(&host, address)
                && allowed.ports.allows(port)
        })
    }
}

impl Allowed {
    /// Reads `scheme://host[:port]`. An error says what to write.
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("Write it with its scheme, as in `https://{text}`."));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest);
        if port.is_none() && default_port(scheme).is_none() {
            return Err(format!(
                "A host of scheme `{scheme}` needs a port: `{text}:<port>`, or `:*` for any."
            ));
        }
        let ports = match port {
            Some(port) => Ports::parse(port)?,
            None => Ports::One(default_port(scheme).unwrap_or_default()),
        };
        if scheme != "*"
            && (scheme.is_empty() || !scheme.chars().all(|letter| letter.is_ascii_alphabetic()))
        {
            return Err("A scheme is letters, as in `https`, or `*` for any.".to_owned());
        }
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: Host::parse(host)?,
            ports,
        })
    }
}

/// Splits `host:port`; the colons within `[…]` are an IPv6 address's.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, (!port.is_empty()).then_some(port)),
        _ => (text, None),
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if matches!(text, "self" | "self.alt") {
            return Err(
                "This host has no `self`: allow `http://<component>.spin.internal`.".to_owned(),
            );
        }
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse() {
            return Ok(Self::Address(address));
        }
        if let Some((network, bits)) = bare.split_once('/')
            && let Ok(network) = network.parse::<IpAddr>()
        {
            let most = if network.is_ipv4() { 32 } else { 128 };
            return match bits.parse() {
                Ok(bits) if bits <= most => Ok(Self::Network(network, bits)),
                _ => Err(format!("A network's length is at most {most}.")),
            };
        }
        let (below, name) = match text.strip_prefix("*.") {
            Some(domain) => (true, domain),
            None => (false, text),
        };
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_'));
        if !is_name {
            return Err(
                "Write `scheme://host:port` with no path; the host can be `*`, `*.example.org` or a network such as `10.0.0.0/8`."
                    .to_owned(),
            );
        }
        let name = name.to_ascii_lowercase();
        Ok(if below {
            Self::Below(format!(".{name}"))
        } else {
            Self::Name(name)
        })
    }

    fn allows(&self, host: &str, address: Option<IpAddr>) -> bool {
        match self {
            Self::Any => true,
            Self::Below(suffix) => address.is_none() && host.ends_with(suffix),
            Self::Name(name) => host == name,
            Self::Address(it) => address == Some(*it),
            Self::Network(network, bits) => {
                address.is_some_and(|address| in_network(address, *network, *bits))
            }
        }
    }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

impl Ports {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let number = |text: &str| {
            text.parse::<u16>().map_err(|_| {
                format!("`{text}` is no port: write a number, `*`, or a range as `8000..8100`.")
            })
        };
        Ok(match text.split_once("..") {
            Some((first, end)) => Self::Range(number(first)?, number(end)?),
            None => Self::One(number(text)?),
        })
    }

    fn allows(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => *one == port,
            Self::Range(first, end) => (*first..*end).contains(&port),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "postgres" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mqtt" => 1883,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
