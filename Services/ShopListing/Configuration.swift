import Backends
import Discovery
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum ShopListingSettings {
  static let all =
    RedisConfiguration.settings(.events, user: "shop-listing") + RedisConfiguration.settings(.cache, user: "shop-listing")
    + AuthSettings.verification + AuthSettings.calls + ServiceClient.settings("shop", port: 8101)
    + ServiceClient.settings("review", port: 8105) + Registration.settings + [
      Setting("near.cache.bytes", default: "16777216", "bound of the responses kept in memory; 0 keeps none")
    ]
}
