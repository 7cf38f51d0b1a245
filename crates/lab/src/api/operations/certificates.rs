//! Origin CA: `/certificates` signs requests with the account's pretended Origin CA, whose certificate and key
//! lie in PEM on its shelf `origin_ca` (made at the first request if a stage gave none). What was signed lies
//! on the zone's shelf `certificates`.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
    date_time_ymd,
};
use serde_json::{Value, json};

use crate::api::envelope::Sizes;
use crate::api::state::{Account, State};
use crate::api::{Asked, Operation, Reply, Scope, ids};

/// The shelf of what was signed, of a zone.
const SHELF: &str = "certificates";
/// The shelf of the authority, of an account.
const AUTHORITY: &str = "origin_ca";
const READ: &[&str] = &["SSL and Certificates Read"];
const WRITE: &[&str] = &["SSL and Certificates Write"];
/// Days that can be asked for.
const VALIDITIES: [u64; 7] = [7, 30, 90, 365, 730, 1095, 5475];

const fn row(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    run: fn(&mut State, &Asked) -> Result<Reply, Reply>,
) -> Operation {
    Operation { method, path, permissions, scope: Scope::Token, run }
}

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    row("GET", "/certificates", READ, list),
    row("POST", "/certificates", WRITE, create),
    row("GET", "/certificates/{certificate}", READ, get),
    row("DELETE", "/certificates/{certificate}", WRITE, revoke),
];

fn missing() -> Reply {
    Reply::fail(404, 1101, "The specified certificate could not be found")
}

/// Whether the token reaches a zone.
fn within(asked: &Asked, zone: &str) -> bool {
    asked.grant.as_ref().is_some_and(|grant| grant.zones.holds(zone))
}

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.query("zone_id").unwrap_or_default();
    let zone = state.zones.iter_mut().find(|zone| zone.id == id && within(asked, id));
    let zone =
        zone.ok_or_else(|| Reply::fail(400, 1011, "zone_id: a zone of yours is required"))?;
    let all = zone.shelf(SHELF).clone();
    Ok(Reply::page(&all, asked, Sizes { usual: 20, least: 5, most: 50 }))
}

fn found<'a>(state: &'a mut State, asked: &Asked) -> Result<(&'a mut Vec<Value>, usize), Reply> {
    let id = asked.param("certificate");
    for zone in state.zones.iter_mut().filter(|zone| within(asked, &zone.id)) {
        let shelf = zone.shelves.entry(SHELF.to_owned()).or_default();
        if let Some(at) = shelf.iter().position(|certificate| certificate["id"] == id) {
            return Ok((shelf, at));
        }
    }
    Err(missing())
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (shelf, at) = found(state, asked)?;
    Ok(Reply::ok(shelf[at].clone()))
}

fn revoke(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (shelf, at) = found(state, asked)?;
    let gone = shelf.remove(at);
    Ok(Reply::ok(json!({"id": gone["id"], "revoked_at": asked.time()})))
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let kinds = ["origin-rsa", "origin-ecc", "keyless-certificate"];
    let kind = asked.text("request_type").filter(|kind| kinds.contains(kind));
    let kind = kind.ok_or_else(|| Reply::fail(400, 1009, "request_type: not supported"))?;
    let days = asked.field("requested_validity").map_or(Some(5475), Value::as_u64);
    let days = days.filter(|days| VALIDITIES.contains(days));
    let days = days.ok_or_else(|| Reply::fail(400, 1006, "requested_validity: not supported"))?;
    let names: Vec<String> = asked
        .field("hostnames")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if names.is_empty() {
        return Err(Reply::fail(400, 1008, "hostnames: at least one is required"));
    }
    let home = |name: &str, zone: &str| name == zone || name.ends_with(&format!(".{zone}"));
    let zone = state.zones.iter().position(|zone| {
        within(asked, &zone.id) && names.iter().all(|name| home(name, &zone.name))
    });
    let zone = zone.ok_or_else(|| {
        let why = format!(
            "Failed to validate requested hostname {}: This zone is either not part of your account, \
             or you do not have access to it.",
            names[0]
        );
        Reply::fail(400, 1010, &why)
    })?;
    let csr = asked.text("csr").unwrap_or_default();
    let unread = |_| Reply::fail(400, 1005, "Failed to parse CSR");
    let mut request = CertificateSigningRequestParams::from_pem(csr).map_err(unread)?;
    let until = asked.now + jiff::SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(0));
    let serial = serial(&state.new_id("origin certificate"));
    write(&mut request.params, &names, asked.now, until, &serial).map_err(unread)?;
    let account = state.zones[zone].account.clone();
    let pem = authority(state, &account)
        .and_then(|issuer| request.signed_by(&issuer))
        .map_err(|error| Reply::fail(500, 1000, &error.to_string()))?
        .pem();
    let made = json!({
        "id": decimal(&serial), "certificate": pem, "csr": csr, "hostnames": names,
        "request_type": kind, "requested_validity": days,
        "expires_on": until.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
    });
    state.zones[zone].shelf(SHELF).push(made.clone());
    Ok(Reply::ok(made))
}

/// What the authority writes, whatever was requested besides the key.
fn write(
    params: &mut CertificateParams,
    names: &[String],
    from: Timestamp,
    until: Timestamp,
    serial: &[u8],
) -> Result<(), rcgen::Error> {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "CloudFlare, Inc.");
    params.distinguished_name.push(DnType::OrganizationalUnitName, "CloudFlare Origin CA");
    params.distinguished_name.push(DnType::CommonName, "CloudFlare Origin Certificate");
    params.subject_alt_names = names
        .iter()
        .map(|name| Ok(SanType::DnsName(name.as_str().try_into()?)))
        .collect::<Result<_, rcgen::Error>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SerialNumber::from_slice(serial));
    let since = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    params.not_before = date_time_ymd(1970, 1, 1) + since(from);
    params.not_after = date_time_ymd(1970, 1, 1) + since(until);
    Ok(())
}

/// The account's authority; made if it has none.
fn authority(state: &mut State, account: &str) -> Result<Issuer<'static, KeyPair>, rcgen::Error> {
    let account = state.accounts.iter_mut().find(|known| known.id == account);
    let account = account.ok_or(rcgen::Error::CouldNotParseCertificate)?;
    account.lay_origin_ca()?;
    let shelf = account.shelf(AUTHORITY);
    let text = |name: &str| shelf[0][name].as_str().unwrap_or_default();
    Issuer::from_ca_cert_pem(text("certificate"), KeyPair::from_pem(text("key"))?)
}

impl Account {
    /// Lays its Origin CA, made afresh where it has none: the root, PEM.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn lay_origin_ca(&mut self) -> Result<String, rcgen::Error> {
        let shelf = self.shelf(AUTHORITY);
        if shelf.is_empty() {
            shelf.push(new_authority()?);
        }
        Ok(shelf[0]["certificate"].as_str().unwrap_or_default().to_owned())
    }
}

fn new_authority() -> Result<Value, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "CloudFlare, Inc.");
    let unit = "CloudFlare Origin SSL ECC Certificate Authority";
    params.distinguished_name.push(DnType::OrganizationalUnitName, unit);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(json!({"certificate": certificate.pem(), "key": key.serialize_pem()}))
}

/// 20 bytes, a positive number.
fn serial(id: &str) -> Vec<u8> {
    let digits = format!("{}{}", id, ids::hex(id));
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or(1);
    let mut bytes: Vec<u8> = (0..40).step_by(2).map(byte).collect();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    bytes
}

/// Bytes as a decimal number, which is how the service writes serials.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = u8::try_from(carry % 10).unwrap_or(0);
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or(0));
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_a_long_decimal_number() {
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff, 0xff, 0xff, 0xff, 0xff]), "1099511627775");
        let digits = decimal(&serial(&ids::hex("any"))).len();
        assert!((47..=49).contains(&digits), "{digits}");
    }
}
