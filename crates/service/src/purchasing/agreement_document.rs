//! From what was agreed to the words of the document that is signed.

use domain::calendar::{Day, Instant};
use domain::purchasing::agreement::{Contact, Party};

use super::agreement::AgreementView;
use crate::Failure;
use crate::publish::agreement::{
    AgreementChild, AgreementDocument, AgreementFunding, AgreementParty, AgreementPriceLine, AgreementService, AgreementSignature,
    EmergencyContact, Signed, agreement_pdf as set,
};

/// The agreement as a PDF, made at the moment of its last act, so that equal agreements give equal bytes.
///
/// # Errors
/// [`Failure::Refused`] when a text uses a script for which no font is built in.
pub fn agreement_pdf(agreement: &AgreementView) -> Result<Vec<u8>, Failure> {
    let signatures = [&agreement.provider_signed, &agreement.council_signed];
    let at = signatures.into_iter().flatten().map(|(_, at)| *at).max().unwrap_or(agreement.issued_at);
    set(&document(agreement, at)?, at).map_err(Failure::refused)
}

fn moment(at: Instant) -> String {
    format!("{}, {}", Day::in_uk(at), at.time_in_uk())
}

fn document(agreement: &AgreementView, at: Instant) -> Result<AgreementDocument, Failure> {
    let content = &agreement.content;
    let optional = |text: &String| (!text.trim().is_empty()).then(|| text.clone());
    let out_of_hours = |party: &Party| {
        let others = party.contacts.iter().skip(1).map(|contact| emergency(contact, &party.name));
        others.collect::<Vec<_>>()
    };
    Ok(AgreementDocument {
        reference: content.number.to_string(),
        status: agreement.state.to_string(),
        issued: moment(at),
        purchaser: party(&content.council),
        provider: party(&content.provider),
        emergency_contacts: [out_of_hours(&content.council), out_of_hours(&content.provider)].concat(),
        child: AgreementChild {
            identity_number: content.child.case_number.clone(),
            born_on: content.child.date_of_birth.to_string(),
            gender: content.child.gender.clone(),
            legal_status: content.child.legal_status.clone(),
            disability: optional(&content.child.disability),
            special_educational_needs: optional(&content.child.special_educational_needs),
        },
        service: AgreementService {
            name: content.service.name.clone(),
            address: content.service.address.clone(),
            urn: content.service.urn.clone(),
            registered_manager: content.service.registered_manager.clone(),
        },
        starts_on: content.starts_on.to_string(),
        plan_reference: content.plan_reference.clone(),
        is_emergency: content.plan_reference.is_none(),
        price_lines: price_lines(agreement),
        weekly_total: content.price.total().0.to_string(),
        funding: funding(agreement)?,
        notice: format!(
            "Either party ends this agreement by {} days' notice in writing, and by {} days' notice in its first {} days.",
            content.notice_days, content.initial_notice_days, content.initial_period_days
        ),
        terms_version: content.terms.clone(),
        variations: content.conditions.clone(),
        signatures: vec![
            signature(&content.provider.name, "For the provider", agreement.provider_signed.as_ref()),
            signature(&content.council.name, "For the purchaser", agreement.council_signed.as_ref()),
        ],
    })
}

fn party(party: &Party) -> AgreementParty {
    let first = party.contacts.first();
    let of = |read: fn(&Contact) -> &str| first.map(read).unwrap_or_default().to_owned();
    AgreementParty {
        name: party.name.clone(),
        address: party.address.clone(),
        contact_name: of(|contact| contact.name.as_deref().unwrap_or_default()),
        contact_role: of(|contact| &contact.post),
        telephone: of(|contact| &contact.telephone),
        email: of(|contact| &contact.email),
    }
}

fn emergency(contact: &Contact, organisation: &str) -> EmergencyContact {
    EmergencyContact {
        name: contact.name.clone().unwrap_or_else(|| contact.post.clone()),
        organisation: organisation.to_owned(),
        telephone: contact.telephone.clone(),
        hours: contact.post.clone(),
    }
}

fn price_lines(agreement: &AgreementView) -> Vec<AgreementPriceLine> {
    let line = |line: &domain::money::itemised::PriceLine| AgreementPriceLine {
        label: line.kind.to_string(),
        basis: if line.description.trim().is_empty() { "The home and its care".to_owned() } else { line.description.clone() },
        weekly: line.weekly.0.to_string(),
    };
    agreement.content.price.lines().iter().map(line).collect()
}

/// The parts of more than one funder; their pence add up to the total.
fn funding(agreement: &AgreementView) -> Result<Vec<AgreementFunding>, Failure> {
    let content = &agreement.content;
    if content.funding.len() < 2 {
        return Ok(Vec::new());
    }
    let shares: Vec<_> = content.funding.iter().map(|one| one.share).collect();
    let parts = content.price.total().0.split_by_shares(&shares).map_err(Failure::refused)?;
    let line = |(one, part): (&domain::purchasing::agreement::FundingShare, domain::pence::Pence)| AgreementFunding {
        funder: one.funder.clone(),
        share: one.share.to_string(),
        weekly: part.to_string(),
    };
    Ok(content.funding.iter().zip(parts).map(line).collect())
}

fn signature(organisation: &str, capacity: &str, signed: Option<&(String, Instant)>) -> AgreementSignature {
    AgreementSignature {
        organisation: organisation.to_owned(),
        capacity: capacity.to_owned(),
        signed: signed.map(|(name, at)| Signed { name: name.clone(), at: moment(*at) }),
    }
}
