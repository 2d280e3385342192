//! `Fn::Cidr`: blocks cut out of a block, of either version of IP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `count` blocks of `bits` host bits out of `block`; says why not, if there are none.
pub(crate) fn cut(block: &str, count: u32, bits: u32) -> Result<Vec<String>, String> {
    let malformed = || format!("{block} is not a valid CIDR block");
    let (address, prefix) = block.split_once('/').ok_or_else(malformed)?;
    let address: IpAddr = address.parse().map_err(|_| malformed())?;
    let prefix: u32 = prefix.parse().map_err(|_| malformed())?;
    let (width, number) = match address {
        IpAddr::V4(address) => (32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    if prefix > width {
        return Err(malformed());
    }
    if bits == 0 || bits > width - prefix {
        return Err(format!("{bits} is not a number of host bits that fits into {block}"));
    }
    let room = width - prefix - bits;
    if room < 32 && u128::from(count) > 1_u128 << room {
        return Err(format!("{block} has no room for {count} blocks of {bits} host bits"));
    }
    let host = width - prefix;
    let base = if host >= 128 { 0 } else { number >> host << host };
    let part = |index: u32| {
        let number = base + u128::from(index).checked_shl(bits).unwrap_or(0);
        let address = match address {
            // A 32-bit base plus less than its host bits.
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or_default())),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(number)),
        };
        format!("{address}/{}", width - bits)
    };
    Ok((0..count).map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn blocks_of_both_versions() {
        assert_eq!(
            cut("192.168.0.0/24", 3, 5),
            Ok(["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"].map(str::to_owned).into())
        );
        assert_eq!(cut("2001:db8::/56", 2, 64), Ok(["2001:db8::/64", "2001:db8:0:1::/64"].map(str::to_owned).into()));
        assert_eq!(cut("0.0.0.0/0", 1, 32), Ok(vec!["0.0.0.0/0".to_owned()]));
        assert_eq!(cut("::/0", 1, 128), Ok(vec!["::/0".to_owned()]));
        assert!(cut("10.0.0.0/30", 5, 1).is_err());
        assert!(cut("::/0", 2, 128).is_err());
        assert!(cut("10.0.0.0/33", 1, 1).is_err());
        assert!(cut("x", 1, 1).is_err());
    }
}
