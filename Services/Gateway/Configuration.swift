import NIOCore
import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum GatewaySettings {
  static let all =
    ServiceDefaults.settings("gateway") + [
      Setting("rate.address", default: "4000", "requests a second from one address, which may be a whole office or carrier"),
      Setting("rate.address.burst", default: "8000", "requests at once from one address"),
      Setting("rate.principal", default: "50", "requests a second of one account"),
      Setting("rate.principal.burst", default: "100", "requests at once of one account"),
      Setting("concurrency", default: "256", "requests under way; one more is answered by 503 at once"),
      Setting("concurrency.service", default: "192", "requests under way at one service, so that a slow one can't take all"),
      Setting("streams", default: "8192", "event streams and long polls under way"),
      Setting("streams.principal", default: "16", "the same of one account, or of one address without any; one more is 429"),
      Setting("uploads", default: "64", "bodies over 16 KB, or of unknown length, on their way up"),
      Setting("connections", default: "16384", "clients' connections; one more is closed at once"),
      Setting("unfinished", default: "512", "requests that have come in part; one more ends the one that takes longest"),
      Setting("deadline", default: "10s", "how long a service's answer may take to begin"),
      Setting("deadline.patient", default: "40s", "the same of event streams and long polls"),
      Setting("deadline.screen", default: "1500ms", "the same of each part of a screen"),
      Setting("deadline.body", default: "10s", "how long a small body may take to come"),
      Setting("client.idle", default: "20s", "how long a connection may do nothing, or send nothing complete"),
      Setting("client.unread", default: "20s", "how long a client may leave its answer unread"),
      Setting("body.limit", default: "1048576", "bytes of a request's body; more is 413"),
      Setting("response.cache.bytes", default: "16777216", "bound of the public pages kept in memory; 0 keeps none"),
      Setting("trusted.proxies", default: "0", "how many proxies of ours stand in front and are believed in X-Forwarded-For"),
      Setting(
        "access.log", default: "true", "whether each request is logged; cached pages and refusals under overload never are"),
    ]
}

/// How the gateway is set up.
struct GatewayConfiguration: Sendable {
  var policy: GatewayPolicy
  var perService = 192
  var streams = 8192
  var streamsPerPrincipal = 16
  var uploads = 64
  var connections = 16_384
  var unfinished = 512
  var patience = GatewayChannel.Patience(idle: .seconds(20), unread: .seconds(20))
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
      patientDeadline: try settings.duration("deadline.patient"), screenDeadline: try settings.duration("deadline.screen"),
      bodyDeadline: try settings.duration("deadline.body"))
    perService = try settings.integer("concurrency.service", in: 1...100_000)
    streams = try settings.integer("streams", in: 0...1_000_000)
    streamsPerPrincipal = try settings.integer("streams.principal", in: 1...1_000_000)
    uploads = try settings.integer("uploads", in: 0...100_000)
    connections = try settings.integer("connections", in: 1...1_000_000)
    unfinished = try settings.integer("unfinished", in: 1...1_000_000)
    patience = GatewayChannel.Patience(
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
