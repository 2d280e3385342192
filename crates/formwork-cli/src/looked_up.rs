//! The account of what an app looked up: the templates have its ids, which are other things elsewhere, or nothing.

use formwork_workspace::LOCK;

use crate::error::CliError;

/// The account of what an app looked up at AWS.
#[derive(Clone, Debug)]
pub(crate) struct LookedUp {
    /// Its number.
    pub(crate) account: String,
    /// True if a finished assembly says it, not the lock.
    pub(crate) is_in_assembly: bool,
}

impl LookedUp {
    /// Refuses a login of another account.
    ///
    /// # Errors
    ///
    /// When it is of another one.
    pub(crate) fn check(&self, of_login: &str) -> Result<(), CliError> {
        let LookedUp { account, is_in_assembly } = self;
        if account == of_login {
            return Ok(());
        }
        let login = format!("but the login is for account `{of_login}`");
        let hint = "name a profile of that account with `--profile`";
        Err(match is_in_assembly {
            true => CliError::input(format!("the assembly has what was looked up in the account `{account}`, {login}"))
                .hint(format!("{hint}; or synthesize it again, with what the other account has")),
            false => CliError::input(format!("`{LOCK}` has what is in the account `{account}`, {login}"))
                .hint(format!("{hint}; or delete `{LOCK}`, to look everything up in the other one")),
        })
    }
}
