//! Splitting a secret so that any `k` of `n` holders can put it together again, and fewer learn nothing of it at all.
//!
//! Shamir's scheme, byte by byte, over the field of 256 elements that AES uses. Each byte of the secret is the value at 0 of a polynomial
//! with `k - 1` random coefficients; a share is its value at the holder's number. Multiplication takes the same steps whatever the
//! bytes are and looks nothing up in a table, so that neither time nor caches tell anything about a secret.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The length of the secrets that are split here, in bytes.
pub const SECRET_BYTES: usize = 32;

/// A secret, or one coefficient for each of its bytes. Overwritten when it is let go.
pub type Secret = Zeroizing<[u8; SECRET_BYTES]>;

/// What one holder gets. It is never shown, and overwritten when it is let go.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Share {
    number: u8,
    bytes: [u8; SECRET_BYTES],
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share {}(…)", self.number)
    }
}

/// Why a secret cannot be split, or shares not be put together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SharingRefusal {
    /// One holder alone would have the whole secret, or there are not as many holders as have to take part.
    #[error("{needed} of {holders} holders cannot share a key: at least 2 must be needed, and no more than there are")]
    Holders {
        /// How many must take part.
        needed: usize,
        /// How many there are.
        holders: u8,
    },
    /// Two shares of the same holder count once.
    #[error("share {0} was given twice")]
    Twice(u8),
    /// It has another length, or no number.
    #[error("this is no share of a key")]
    NoShare,
}

impl Share {
    /// The holder's number, from 1.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }

    /// The number, then the bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&[self.number], self.bytes.as_slice()].concat())
    }

    /// Reads what [`Share::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SharingRefusal::NoShare`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SharingRefusal> {
        let (number, bytes) = bytes.split_first().ok_or(SharingRefusal::NoShare)?;
        let bytes = bytes.try_into().map_err(|_| SharingRefusal::NoShare)?;
        // The value at 0 is the secret itself.
        if *number == 0 { Err(SharingRefusal::NoShare) } else { Ok(Self { number: *number, bytes }) }
    }
}

/// Splits a secret among holders 1 to `holders`. As many must take part as there are coefficients and one more; the coefficients
/// must be unpredictable and used for nothing else.
///
/// # Errors
/// [`SharingRefusal::Holders`].
pub fn split(secret: &Secret, coefficients: &[Secret], holders: u8) -> Result<Vec<Share>, SharingRefusal> {
    let needed = coefficients.len() + 1;
    if needed < 2 || needed > usize::from(holders) {
        return Err(SharingRefusal::Holders { needed, holders });
    }
    let share = |number: u8| {
        // Horner's rule, from the highest coefficient down to the secret.
        let mut bytes = [0; SECRET_BYTES];
        for term in coefficients.iter().rev().chain([secret]) {
            for (byte, next) in bytes.iter_mut().zip(term.iter()) {
                *byte = times(*byte, number) ^ next;
            }
        }
        Share { number, bytes }
    };
    Ok((1..=holders).map(share).collect())
}

/// The secret to which these shares belong, given as many as have to take part. Of fewer, or of shares of different secrets, something
/// comes that is no secret of anybody's: whoever asks must be able to tell, as by the public key that belongs to the secret.
///
/// # Errors
/// [`SharingRefusal::Twice`]; [`SharingRefusal::NoShare`] when there is none.
pub fn combine(shares: &[Share]) -> Result<Secret, SharingRefusal> {
    if shares.is_empty() {
        return Err(SharingRefusal::NoShare);
    }
    for (place, share) in shares.iter().enumerate() {
        if shares.iter().take(place).any(|earlier| earlier.number == share.number) {
            return Err(SharingRefusal::Twice(share.number));
        }
    }
    Ok(Zeroizing::new(value_at(0, shares)))
}

/// The value at `place` of the lowest polynomial through these points, after Lagrange.
fn value_at(place: u8, points: &[Share]) -> [u8; SECRET_BYTES] {
    let mut value = [0; SECRET_BYTES];
    for point in points {
        let mut weight = 1;
        for other in points.iter().filter(|other| other.number != point.number) {
            weight = times(weight, times(place ^ other.number, inverse(point.number ^ other.number)));
        }
        for (sum, byte) in value.iter_mut().zip(point.bytes) {
            *sum ^= times(weight, byte);
        }
    }
    value
}

/// Multiplies two elements of the field: eight equal steps, without a branch and without a table.
fn times(left: u8, right: u8) -> u8 {
    /// x⁸ + x⁴ + x³ + x + 1 without its highest term.
    const REDUCED: u8 = 0x1b;
    let (mut product, mut left, mut right) = (0_u8, left, right);
    for _ in 0..8 {
        // All ones where the lowest bit is set, else all zeros.
        product ^= left & 0_u8.wrapping_sub(right & 1);
        left = (left << 1) ^ (REDUCED & 0_u8.wrapping_sub(left >> 7));
        right >>= 1;
    }
    product
}

/// What gives 1 when multiplied with it: its 254th power. Of 0, which has none, 0; no two holders have the same number.
fn inverse(element: u8) -> u8 {
    // 254 = 2 + 4 + 8 + … + 128.
    let (mut power, mut square) = (1, element);
    for _ in 0..7 {
        square = times(square, square);
        power = times(power, square);
    }
    power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_field_is_the_one_of_aes() {
        // FIPS 197, sections 4.2 and 4.2.1.
        assert_eq!(times(0x57, 0x83), 0xc1);
        assert_eq!(times(0x57, 0x13), 0xfe);
        assert_eq!(inverse(0), 0);
        for element in 1..=255 {
            assert_eq!(times(element, inverse(element)), 1, "{element}");
        }
    }

    #[test]
    fn nobody_holds_a_whole_key_and_nobody_is_missing_from_the_start() {
        let (secret, one) = (Secret::new([7; 32]), Secret::new([9; 32]));
        assert_eq!(split(&secret, &[], 4), Err(SharingRefusal::Holders { needed: 1, holders: 4 }));
        assert_eq!(split(&secret, &[one.clone(), one.clone()], 2), Err(SharingRefusal::Holders { needed: 3, holders: 2 }));
        let shares = split(&secret, &[one], 2).unwrap();
        assert_eq!(combine(&[shares[0].clone(), shares[0].clone()]), Err(SharingRefusal::Twice(1)));
        assert_eq!(combine(&[]), Err(SharingRefusal::NoShare));
        assert_eq!(Share::from_bytes(&[0; 33]), Err(SharingRefusal::NoShare), "number 0 would be the secret");
        assert_eq!(Share::from_bytes(&[1; 32]), Err(SharingRefusal::NoShare));
        assert_eq!(format!("{:?}", shares[1]), "Share 2(…)");
    }

    /// Every value of a byte, 32 at a time.
    fn bytes() -> impl Iterator<Item = Secret> {
        (0..=255_u8).step_by(SECRET_BYTES).map(|first| Secret::new(std::array::from_fn(|lane| first + u8::try_from(lane).unwrap())))
    }

    /// Over all coefficients, one share less than needed is each possible value exactly once, whatever the secret: seeing it says nothing.
    #[test]
    fn one_share_less_is_as_likely_with_any_secret() {
        for secret in [0, 1, 0x57, 0xff].map(|byte| Secret::new([byte; 32])) {
            let mut of_two = [[false; 256]; 3];
            let mut of_three = vec![vec![false; 65536]; 3];
            for first in bytes() {
                for (place, share) in split(&secret, std::slice::from_ref(&first), 3).unwrap().iter().enumerate() {
                    for byte in share.bytes {
                        assert!(!std::mem::replace(&mut of_two[place][usize::from(byte)], true), "share {place} of two");
                    }
                }
                for second in 0..=255 {
                    let shares = split(&secret, &[first.clone(), Secret::new([second; 32])], 3).unwrap();
                    for (place, [one, other]) in [[0, 1], [0, 2], [1, 2]].into_iter().enumerate() {
                        for (one, other) in shares[one].bytes.iter().zip(shares[other].bytes) {
                            let pair = usize::from(*one) * 256 + usize::from(other);
                            assert!(!std::mem::replace(&mut of_three[place][pair], true), "pair {place} of three");
                        }
                    }
                }
            }
        }
    }

    /// A secret, two to five holders needed, and which of ten take part in which order.
    fn cases() -> impl Strategy<Value = (Secret, Vec<Secret>, Vec<u8>)> {
        let holders = Just((1..=10_u8).collect::<Vec<_>>()).prop_shuffle();
        let secrets = || any::<[u8; 32]>().prop_map(Secret::new);
        (secrets(), proptest::collection::vec(secrets(), 1..5), holders)
    }

    proptest! {
        #[test]
        fn any_k_of_n_give_the_secret_back((secret, coefficients, order) in cases()) {
            let shares = split(&secret, &coefficients, 10).unwrap();
            let chosen: Vec<Share> = order.iter().map(|number| shares[usize::from(*number) - 1].clone()).collect();
            let needed = coefficients.len() + 1;
            for taking_part in needed..=10 {
                prop_assert_eq!(combine(&chosen[..taking_part]).unwrap(), secret.clone());
            }
            for share in &chosen {
                prop_assert_eq!(&Share::from_bytes(&share.to_bytes()).unwrap(), share);
            }
        }

        /// With one share fewer every secret is as good as any other: for each there is exactly one share that would complete it.
        #[test]
        fn any_k_less_one_say_nothing((secret, coefficients, order) in cases()) {
            let shares = split(&secret, &coefficients, 10).unwrap();
            let known: Vec<Share> = order[..coefficients.len()].iter().map(|number| shares[usize::from(*number) - 1].clone()).collect();
            let absent = order[coefficients.len()];
            let mut seen = [false; 256];
            for candidate in 0..=255_u8 {
                let mut points = known.clone();
                points.push(Share { number: 0, bytes: [candidate; 32] });
                let completing = Share { number: absent, bytes: value_at(absent, &points) };
                prop_assert!(!std::mem::replace(&mut seen[usize::from(completing.bytes[0])], true), "two secrets share a share");
                let together = [known.as_slice(), &[completing]].concat();
                prop_assert_eq!(*combine(&together).unwrap(), [candidate; 32]);
            }
        }
    }
}
