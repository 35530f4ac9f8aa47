//! Options that can come from several places: a flag goes over the environment, the environment over
//! `flow.toml`, and that over the default.

use std::ffi::OsString;

use clap::ValueEnum;

use super::arguments::{Arguments, ColorChoice, Command, Format};

/// A value, and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set<T> {
    pub value: T,
    pub by: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Flag(name) => write!(out, "{name}"),
            Origin::Environment(name) => write!(out, "{name} in the environment"),
            Origin::Default => out.write_str("default"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub format: Set<Format>,
    pub color: Set<ColorChoice>,
}

/// `environment` looks a variable up. What stands in one and means nothing is an error.
pub fn options(
    arguments: &Arguments,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Options, String> {
    let format = match &arguments.command {
        Command::Check(check) => check.format,
        Command::Test(test) => test.format,
        Command::Mutate(mutate) => mutate.format,
        Command::Build(build) => build.format,
        Command::Contract(contract) => contract.format,
        _ => None,
    };
    Ok(Options {
        format: set(format, "--format", "FLOWC_FORMAT", environment, Format::Human)?,
        color: set(arguments.color, "--color", "FLOWC_COLOR", environment, ColorChoice::Auto)?,
    })
}

fn set<T: ValueEnum + Copy>(
    flag: Option<T>,
    flag_name: &'static str,
    variable: &'static str,
    environment: &dyn Fn(&str) -> Option<OsString>,
    default: T,
) -> Result<Set<T>, String> {
    if let Some(value) = flag {
        return Ok(Set { value, by: Origin::Flag(flag_name) });
    }
    let Some(text) = environment(variable).filter(|text| !text.is_empty()) else {
        return Ok(Set { value: default, by: Origin::Default });
    };
    match T::from_str(&text.to_string_lossy(), true) {
        Ok(value) => Ok(Set { value, by: Origin::Environment(variable) }),
        Err(_) => {
            let names: Vec<String> = T::value_variants()
                .iter()
                .filter_map(|value| Some(format!("`{}`", value.to_possible_value()?.get_name())))
                .collect();
            Err(format!("the environment variable {variable} must be one of {}", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn read(words: &[&str], environment: &'static [(&'static str, &'static str)]) -> Result<Options, String> {
        let arguments = Arguments::try_parse_from(words).expect("good arguments");
        options(&arguments, &|name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_flag_goes_over_the_environment_and_that_over_the_default() {
        let environment = &[("FLOWC_FORMAT", "json"), ("FLOWC_COLOR", "")];
        let format = read(&["flowc", "check"], environment).expect("options").format;
        assert_eq!(format, Set { value: Format::Json, by: Origin::Environment("FLOWC_FORMAT") });
        let both = read(&["flowc", "check", "--format", "short"], environment).expect("options");
        assert_eq!(both.format, Set { value: Format::Short, by: Origin::Flag("--format") });
        assert_eq!(both.color, Set { value: ColorChoice::Auto, by: Origin::Default });
        assert!(read(&["flowc", "check"], &[("FLOWC_COLOR", "pink")]).is_err());
    }
}
