//! Passwords, addresses and sessions: what a user proves to have.

use serde_json::json;

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Attempts a login and returns the response. The caller stays as it is.
    pub async fn try_log_in(&self, email: &str, password: &str) -> Reply {
        self.post("/auth/login", json!({ "email": email, "password": password })).await
    }

    /// Exchanges a refresh token for new tokens. The caller stays as it is.
    pub async fn refresh(&self, token: &str) -> Reply {
        self.post("/auth/refresh", json!({ "refresh_token": token })).await
    }

    /// Ends the session of the access token.
    pub async fn log_out(&self) -> Reply {
        self.post("/auth/logout", json!({})).await
    }

    /// Ends all sessions of the caller.
    pub async fn log_out_everywhere(&self) -> Reply {
        self.post("/auth/logout-all", json!({})).await
    }

    /// Changes the caller's password.
    pub async fn change_password(&self, current: &str, new: &str) -> Reply {
        let body = json!({ "current_password": current, "new_password": new });
        self.post("/auth/change-password", body).await
    }

    /// Requests a mail with a link to choose a new password.
    pub async fn forgot_password(&self, email: &str) -> Reply {
        self.post("/auth/forgot-password", json!({ "email": email })).await
    }

    /// Chooses a new password by a mailed token.
    pub async fn reset_password(&self, token: &str, password: &str) -> Reply {
        self.post("/auth/reset-password", json!({ "token": token, "password": password })).await
    }

    /// Verifies an address by a mailed token.
    pub async fn verify_email(&self, token: &str) -> Reply {
        self.post("/auth/verify-email", json!({ "token": token })).await
    }

    /// Requests another mail that verifies an address.
    pub async fn resend_verification(&self, email: &str) -> Reply {
        self.post("/auth/resend-verification", json!({ "email": email })).await
    }

    /// Requests a change of the caller's address.
    pub async fn change_email(&self, new: &str, password: &str) -> Reply {
        self.post("/auth/change-email", json!({ "new_email": new, "password": password })).await
    }

    /// Changes the address by a mailed token.
    pub async fn confirm_email(&self, token: &str) -> Reply {
        self.post("/auth/confirm-email", json!({ "token": token })).await
    }
}
