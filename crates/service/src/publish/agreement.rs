//! The individual placement agreement as a document: what council and provider sign for one child.

use domain::calendar::Instant;
use serde::Serialize;

use super::pdf::{PdfFault, Template, render};

/// What an individual placement agreement says, every value as the words and figures that are printed.
///
/// The child is named by the council's identity number only. An empty list leaves its part of the document out; an
/// absent value is printed as not recorded, so that a gap is seen before anybody signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementDocument {
    /// The agreement's reference, on every page.
    pub reference: String,
    /// Where the agreement stands, such as `Draft` or `Signed by both parties`.
    pub status: String,
    /// When this copy was made, in UK time.
    pub issued: String,
    /// The council that buys.
    pub purchaser: AgreementParty,
    /// The organisation that cares for the child.
    pub provider: AgreementParty,
    /// Whom to call outside office hours.
    pub emergency_contacts: Vec<EmergencyContact>,
    /// The child.
    pub child: AgreementChild,
    /// The home or fostering household's registered service.
    pub service: AgreementService,
    /// The first day of the placement.
    pub starts_on: String,
    /// The council's reference of the child's plan; absent in an emergency until there is one.
    pub plan_reference: Option<String>,
    /// Whether the child is placed in an emergency, before there is a plan.
    pub is_emergency: bool,
    /// What is paid each week, line by line.
    pub price_lines: Vec<AgreementPriceLine>,
    /// The sum of the lines, such as `£5,635.25`.
    pub weekly_total: String,
    /// Who bears which part of the total; empty when the council bears it all.
    pub funding: Vec<AgreementFunding>,
    /// How the agreement can be ended, in sentences.
    pub notice: String,
    /// The terms under which the agreement is made, with their version.
    pub terms_version: String,
    /// What the parties agreed to change in those terms for this child; usually nothing.
    pub variations: Vec<String>,
    /// Who signs and who has.
    pub signatures: Vec<AgreementSignature>,
}

/// A party to the agreement and whom to ask there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementParty {
    /// The organisation.
    pub name: String,
    /// Its address, on one line.
    pub address: String,
    /// The person who answers for this placement.
    pub contact_name: String,
    /// What that person is.
    pub contact_role: String,
    /// Their telephone number.
    pub telephone: String,
    /// Their email address.
    pub email: String,
}

/// Whom to call, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmergencyContact {
    /// Person or desk.
    pub name: String,
    /// For which of the parties.
    pub organisation: String,
    /// The telephone number.
    pub telephone: String,
    /// When it is answered.
    pub hours: String,
}

/// The child for whom the agreement is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementChild {
    /// The council's identity number for the child.
    pub identity_number: String,
    /// Date of birth.
    pub born_on: String,
    /// Gender.
    pub gender: String,
    /// The legal ground on which the council looks after the child.
    pub legal_status: String,
    /// Disability, when recorded.
    pub disability: Option<String>,
    /// Special educational needs, when recorded.
    pub special_educational_needs: Option<String>,
}

/// Where the child lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementService {
    /// The registered service.
    pub name: String,
    /// The address at which the child lives, on one line.
    pub address: String,
    /// Ofsted's unique reference number.
    pub urn: String,
    /// The registered manager.
    pub registered_manager: String,
}

/// One line of the weekly fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementPriceLine {
    /// What is paid for.
    pub label: String,
    /// On what ground: the tendered rate, or hours and rate.
    pub basis: String,
    /// Pounds and pence for each week.
    pub weekly: String,
}

/// One funder's part of the weekly total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementFunding {
    /// Who pays.
    pub funder: String,
    /// Their share, such as `60%`.
    pub share: String,
    /// Pounds and pence for each week.
    pub weekly: String,
}

/// One party's signature, or the place for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementSignature {
    /// The party.
    pub organisation: String,
    /// In which capacity the party signs.
    pub capacity: String,
    /// Who signed and when; absent until then.
    pub signed: Option<Signed>,
}

/// Who signed and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The person.
    pub name: String,
    /// The moment, in UK time.
    pub at: String,
}

const TEMPLATE: Template = Template { source: concat!(include_str!("style.typ"), "\n", include_str!("agreement.typ")) };

/// The agreement as a tagged PDF in British English. The same agreement issued at the same moment gives the same bytes.
///
/// # Errors
/// [`PdfFault`], for instance when the text uses a script for which no font is built in.
pub fn agreement_pdf(agreement: &AgreementDocument, issued_at: Instant) -> Result<Vec<u8>, PdfFault> {
    render(TEMPLATE, agreement, &agreement.reference, issued_at)
}

#[cfg(test)]
mod tests {
    use testkit::pdf::text_of;

    use super::*;

    fn words(text: &str) -> String {
        text.to_owned()
    }

    /// A synthetic agreement: no child, council officer or provider like these exists.
    fn synthetic() -> AgreementDocument {
        AgreementDocument {
            reference: words("IPA-2026-00417"),
            status: words("Signed by the provider"),
            issued: words("22 November 2026, 10:00"),
            purchaser: AgreementParty {
                name: words("Nottingham City Council (synthetic)"),
                address: words("1 Example Square, Nottingham NG1 0AA"),
                contact_name: words("Robin Example"),
                contact_role: words("Placement officer"),
                telephone: words("0115 496 0123"),
                email: words("robin.example@council.example"),
            },
            provider: AgreementParty {
                name: words("Brindle Care Ltd (synthetic)"),
                address: words("Unit 4, Sample Court, Derby DE1 0AA"),
                contact_name: words("Ash Sample"),
                contact_role: words("Referrals manager"),
                telephone: words("01632 960 456"),
                email: words("ash.sample@brindle.example"),
            },
            emergency_contacts: vec![
                EmergencyContact {
                    name: words("Emergency duty team"),
                    organisation: words("Purchaser"),
                    telephone: words("0115 496 0999"),
                    hours: words("17:00 to 08:30, weekends"),
                },
                EmergencyContact {
                    name: words("On-call manager"),
                    organisation: words("Provider"),
                    telephone: words("01632 960 999"),
                    hours: words("At all times"),
                },
            ],
            child: AgreementChild {
                identity_number: words("NC-204817"),
                born_on: words("3 May 2013"),
                gender: words("Girl"),
                legal_status: words("Full care order (section 31)"),
                disability: None,
                special_educational_needs: Some(words("Education, health and care plan: speech and language")),
            },
            service: AgreementService {
                name: words("Larkfield House (synthetic)"),
                address: words("12 Sample Lane, Ripley DE5 0AA"),
                urn: words("SC000000"),
                registered_manager: words("Jo Specimen"),
            },
            starts_on: words("Monday 7 December 2026"),
            plan_reference: Some(words("PP-2026-1182")),
            is_emergency: false,
            price_lines: vec![
                AgreementPriceLine {
                    label: words("Core weekly fee"),
                    basis: words("Tendered rate, residential category 2"),
                    weekly: words("£5,200.00"),
                },
                AgreementPriceLine {
                    label: words("One-to-one support"),
                    basis: words("15 hours at £29.00; reviewed on 1 March 2027"),
                    weekly: words("£435.25"),
                },
            ],
            weekly_total: words("£5,635.25"),
            funding: vec![
                AgreementFunding { funder: words("Children’s social care"), share: words("60%"), weekly: words("£3,381.15") },
                AgreementFunding { funder: words("Education"), share: words("40%"), weekly: words("£2,254.10") },
            ],
            notice: words("Either party may end this agreement by 28 days’ notice in writing."),
            terms_version: words("the D2N2 terms, version 3 of 1 April 2026 (example)"),
            variations: vec![words("Overnight stays with the child’s grandmother need no separate approval.")],
            signatures: vec![
                AgreementSignature {
                    organisation: words("Brindle Care Ltd"),
                    capacity: words("Provider signatory"),
                    signed: Some(Signed { name: words("Lee Sample"), at: words("22 November 2026, 09:42") }),
                },
                AgreementSignature { organisation: words("Nottingham City Council"), capacity: words("Head of contracting"), signed: None },
            ],
        }
    }

    fn issued_at() -> Instant {
        Instant::new("2026-11-22T10:00:00Z".parse().unwrap())
    }

    fn pdf(agreement: &AgreementDocument) -> Vec<u8> {
        let pdf = agreement_pdf(agreement, issued_at()).unwrap();
        if let Some(folder) = std::env::var_os("NEARHOME_KEEP_PDF") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{}.pdf", agreement.reference)), &pdf).unwrap();
        }
        pdf
    }

    fn holds(pdf: &[u8], needle: &str) -> bool {
        pdf.windows(needle.len()).any(|window| window == needle.as_bytes())
    }

    #[test]
    fn everything_agreed_can_be_read_in_the_document() {
        let Some(text) = text_of(&pdf(&synthetic())) else { return };
        for said in [
            "Individual placement agreement",
            "IPA-2026-00417",
            "Nottingham City Council (synthetic)",
            "robin.example@council.example",
            "Brindle Care Ltd (synthetic)",
            "NC-204817",
            "3 May 2013",
            "Full care order (section 31)",
            "Disability Not recorded",
            "Larkfield House (synthetic)",
            "12 Sample Lane, Ripley DE5 0AA",
            "SC000000",
            "Jo Specimen",
            "must not move the child to live at any other address",
            "£435.25",
            "Weekly total £5,635.25",
            "28 days’ notice",
            "version 3 of 1 April 2026",
            "Lee Sample",
            "Not yet signed",
            "Page 1 of 2",
        ] {
            assert!(text.contains(said), "`{said}` is not in: {text}");
        }
    }

    #[test]
    fn the_document_is_tagged_and_names_its_language_and_title() {
        let pdf = pdf(&synthetic());
        for mark in ["/MarkInfo", "/Marked true", "/StructTreeRoot", "/Lang(en-GB)", "/DisplayDocTitle true", "pdfuaid:part"] {
            assert!(holds(&pdf, mark), "{mark}");
        }
    }

    #[test]
    fn equal_agreements_give_equal_bytes() {
        let first = pdf(&synthetic());
        let mut other = synthetic();
        other.weekly_total = words("£5,635.26");
        assert_ne!(pdf(&other), first);
        assert_eq!(pdf(&synthetic()), first);
        let later = Instant::new("2026-11-22T10:00:01Z".parse().unwrap());
        assert_ne!(agreement_pdf(&synthetic(), later).unwrap(), first);
    }

    #[test]
    fn what_somebody_typed_stays_text() {
        let hostile = "#panic(1) $x^2$ *b* _i_ `c` = h <l> @r \\ // /* \"q\" #{ ] #eval(\"1\") #read(\"/etc/passwd\") %(name)s";
        let mut agreement = synthetic();
        agreement.reference = words("IPA-hostile #panic(2)/x").replace('/', "-");
        agreement.service.name = words(hostile);
        agreement.notice = words(hostile);
        agreement.variations = vec![words(hostile)];
        agreement.purchaser.name = words("A & B <Council> \"quoted\" )(");
        let Some(text) = text_of(&pdf(&agreement)) else { return };
        // Lines may break inside it; not a letter may be lost.
        let joined = |text: &str| text.replace(' ', "");
        assert_eq!(joined(&text).matches(&joined(hostile)).count(), 3, "{text}");
        assert!(text.contains("A & B <Council> \"quoted\" )("));
    }

    #[test]
    fn long_values_wrap_and_are_still_whole() {
        let mut agreement = synthetic();
        agreement.reference = words("IPA-long");
        agreement.purchaser.email = format!("{}@council.example", "a.very.long.name.".repeat(9));
        agreement.service.address = "Flat 12, The Old Coach House, ".repeat(12);
        agreement.child.identity_number = "9".repeat(150);
        agreement.notice = "Either party may end this agreement. ".repeat(120);
        agreement.price_lines = (0..80)
            .map(|line| AgreementPriceLine {
                label: format!("Line {line}"), basis: "as agreed ".repeat(8), weekly: words("£1,234,567.89")
            })
            .collect();
        let Some(text) = text_of(&pdf(&agreement)) else { return };
        let joined = text.replace(' ', "");
        assert!(joined.contains(&agreement.purchaser.email), "{text}");
        assert!(joined.contains(&"9".repeat(150)), "{text}");
        assert!(text.contains("Line 79") && text.contains("Page 5 of"));
    }

    #[test]
    fn names_from_many_languages_are_printed_and_a_letter_without_a_glyph_is_refused() {
        let mut agreement = synthetic();
        agreement.reference = words("IPA-letters");
        agreement.service.registered_manager = words("Żaneta Łęcka-O’Brien, Siân Ŵyn, José Núñez, Ștefan Țurcanu, Gülşen Iğdır");
        let letters = agreement.service.registered_manager.clone();
        if let Some(text) = text_of(&pdf(&agreement)) {
            assert!(text.contains(&letters), "{text}");
        }
        agreement.service.registered_manager = words("محمد");
        let fault = agreement_pdf(&agreement, issued_at()).unwrap_err();
        assert!(matches!(fault, PdfFault::Setting(_)), "{fault}");
    }

    #[test]
    fn an_emergency_without_a_plan_says_so() {
        let mut agreement = synthetic();
        agreement.reference = words("IPA-emergency");
        agreement.plan_reference = None;
        agreement.is_emergency = true;
        agreement.variations.clear();
        agreement.funding.clear();
        agreement.emergency_contacts.clear();
        let Some(text) = text_of(&pdf(&agreement)) else { return };
        assert!(text.contains("is not recorded yet") && text.contains("placed in an emergency"), "{text}");
        assert!(!text.contains("Who bears") && !text.contains("Changes to the terms"));
    }
}
