import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum ShopListingSettings {
  static let all =
    ServiceDefaults.settings("shop-listing") + [
      Setting("near.cache.bytes", default: "16777216", "bound of the responses kept in memory; 0 keeps none")
    ]
}
