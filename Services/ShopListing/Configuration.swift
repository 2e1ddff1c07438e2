import ServiceDefaults
import Web

/// The settings of this service, in addition to those of every service.
enum ShopListingSettings {
  static let all =
    ServiceDefaults.settings("shop-listing") + [
      Setting("near.cache.bytes", default: "16777216", "maximum size in bytes of the near caches; 0 disables them")
    ]
}
