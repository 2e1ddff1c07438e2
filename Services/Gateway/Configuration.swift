import NIOCore
import ServiceDefaults
import Web

/// The service's own settings, in addition to those of every service.
enum GatewaySettings {
  static let all =
    ServiceDefaults.settings("gateway") + [
      Setting("rate.address", default: "4000", "requests per second from one address, which an office or a carrier may share"),
      Setting("rate.address.burst", default: "8000", "size of the token bucket of an address, in requests"),
      Setting("rate.principal", default: "50", "requests per second of one account"),
      Setting("rate.principal.burst", default: "100", "size of the token bucket of an account, in requests"),
      Setting("concurrency", default: "256", "requests in flight; one more is 503 at once"),
      Setting(
        "concurrency.service", default: "192", "requests in flight at one service, so that a slow one can't hold all permits"),
      Setting("streams", default: "8192", "open event streams and long polls"),
      Setting("streams.principal", default: "16", "the same of one account, or of one address without account; one more is 429"),
      Setting("uploads", default: "64", "uploads in flight of bodies over 16 KB or of unknown length"),
      Setting("connections", default: "16384", "client connections; one more is closed at once"),
      Setting("unfinished", default: "512", "partially received requests; one more closes the oldest"),
      Setting("deadline", default: "10s", "time until a service's response begins"),
      Setting("deadline.patient", default: "40s", "the same for event streams and long polls"),
      Setting("deadline.screen", default: "1500ms", "the same for each part of a screen"),
      Setting("deadline.body", default: "10s", "time until a body of at most 16 KB is received"),
      Setting("client.idle", default: "20s", "time without a complete request part after which a connection is closed"),
      Setting("client.unread", default: "20s", "time without reading its response after which a client is disconnected"),
      Setting("body.limit", default: "1048576", "bytes of a request's body; more is 413"),
      Setting("response.cache.bytes", default: "16777216", "bytes of the cache of public responses; 0 disables it"),
      Setting("trusted.proxies", default: "0", "own proxies in front, whose X-Forwarded-For entries are trusted"),
      Setting("access.log", default: "true", "whether requests are logged; cache hits and load shedding never are"),
    ]
}

/// The parsed settings.
struct GatewayConfiguration: Sendable {
  var policy: GatewayPolicy
  var perService = 192
  var streams = 8192
  var streamsPerPrincipal = 16
  var uploads = 64
  var connections = 16_384
  var incompleteRequests = 512
  var clientTimeouts = GatewayChannel.Timeouts(idle: .seconds(20), unread: .seconds(20))
  var bodyLimit = WebConfiguration.maximumBodyBytes
  var cacheBytes = 1 << 24
  var trustedProxies = 0
  var isLogged = true

  init(policy: GatewayPolicy) {
    self.policy = policy
  }

  /// - Throws: `SettingsError` that names the key.
  init(_ settings: Settings) throws(SettingsError) {
    policy = GatewayPolicy(
      address: try settings.rate("rate.address"), principal: try settings.rate("rate.principal"),
      concurrency: try settings.integer("concurrency", in: 1...100_000), deadline: try settings.duration("deadline"),
      longLivedDeadline: try settings.duration("deadline.patient"), screenDeadline: try settings.duration("deadline.screen"),
      bodyDeadline: try settings.duration("deadline.body"))
    perService = try settings.integer("concurrency.service", in: 1...100_000)
    streams = try settings.integer("streams", in: 0...1_000_000)
    streamsPerPrincipal = try settings.integer("streams.principal", in: 1...1_000_000)
    uploads = try settings.integer("uploads", in: 0...100_000)
    connections = try settings.integer("connections", in: 1...1_000_000)
    incompleteRequests = try settings.integer("unfinished", in: 1...1_000_000)
    clientTimeouts = GatewayChannel.Timeouts(
      idle: TimeAmount(try settings.duration("client.idle")), unread: TimeAmount(try settings.duration("client.unread")))
    bodyLimit = try settings.integer("body.limit", in: 1024...1 << 30)
    cacheBytes = try settings.integer("response.cache.bytes", in: 0...1 << 34)
    trustedProxies = try settings.integer("trusted.proxies", in: 0...16)
    isLogged = try settings.bool("access.log")
  }
}

extension Settings {
  fileprivate func rate(_ key: String) throws(SettingsError) -> RateRule {
    RateRule(
      perSecond: try integer(key, in: 1...1_000_000), burst: try integer("\(key).burst", in: 1...10_000_000))
  }
}
