//! What can be bought: postcodes, Ofsted's lists, the provider file.

pub mod framework_file;
pub mod import;
pub mod ofsted;
pub mod postcodes;
pub mod provider_file;
pub mod service_file;
pub mod suspension;
