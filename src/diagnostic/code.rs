//! The codes of all findings. A code is never used again for something else. Each family keeps its codes
//! beside its factory functions; this file joins them. The first two digits are the family, `F` or `W` says
//! whether it is an error or a warning by itself.

use super::{
    Severity, build, contract, labels, mapping, names, project, services, settings, steps, syntax, testing,
    types,
};

/// `F0401` with its speaking name `type/mismatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    pub id: &'static str,
    pub name: &'static str,
    pub severity: Severity,
}

impl Code {
    pub const fn error(id: &'static str, name: &'static str) -> Code {
        Code { id, name, severity: Severity::Error }
    }

    pub const fn warning(id: &'static str, name: &'static str) -> Code {
        Code { id, name, severity: Severity::Warning }
    }
}

/// Every code, in the order of families and numbers.
pub fn all_codes() -> impl Iterator<Item = Code> {
    let families: [&[Code]; 12] = [
        project::CODES,
        syntax::CODES,
        contract::CODES,
        names::CODES,
        types::CODES,
        mapping::CODES,
        steps::CODES,
        services::CODES,
        settings::CODES,
        labels::CODES,
        testing::CODES,
        build::CODES,
    ];
    families.into_iter().flatten().copied()
}

/// By `F0401` or by `type/mismatch`, in any case.
pub fn code_by_id(wanted: &str) -> Option<Code> {
    all_codes().find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = std::collections::HashSet::new();
        for code in all_codes() {
            assert!(seen.insert(code.id) && seen.insert(code.name), "{} {} twice", code.id, code.name);
            let letter = match code.severity {
                Severity::Error => 'F',
                Severity::Warning => 'W',
            };
            assert!(code.id.starts_with(letter) && code.id.len() == 5, "{}", code.id);
        }
    }
}
