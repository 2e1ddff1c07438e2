import Backends
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum ShopListingSettings {
  static let all =
    RedisConfiguration.settings(.events, user: "shop-listing") + RedisConfiguration.settings(.cache, user: "shop-listing") + [
      Setting("shop.url", default: "http://127.0.0.1:8101", "where the shop service is"),
      Setting("near.cache.bytes", default: "16777216", "bound of the responses kept in memory; 0 keeps none"),
    ]

  /// - Throws: `SettingsError` that names the key.
  static func shopAddress(_ settings: Settings) throws(SettingsError) -> ServiceAddress {
    guard let address = ServiceAddress(try settings.string("shop.url")) else {
      throw settings.error("shop.url", "must be a URL such as http://127.0.0.1:8101")
    }
    return address
  }
}
