//! bailiwick
pub use bailiwick_app as app;
pub use bailiwick_kernel as kernel;
pub use bailiwick_rbac as rbac;
pub use bailiwick_roles as roles;
