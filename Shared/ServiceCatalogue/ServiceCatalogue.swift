#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The services of the system, from `services.json`: the one list that programs, scripts and generated files are derived from.
///
/// `Deploy/catalogue` reads the same file.
public struct ServiceCatalogue: Decodable, Sendable {
  public let services: [CataloguedService]

  /// The catalogue that this program was built with.
  public static let standard: ServiceCatalogue = {
    do {
      return try JSONDecoder().decode(ServiceCatalogue.self, from: Data(PackageResources.services_json))
    } catch {
      preconditionFailure("Shared/ServiceCatalogue/services.json: \(error)")
    }
  }()

  /// A service by the name of its executable: `shop-listing`.
  public subscript(name: String) -> CataloguedService? { services.first { $0.name == name } }

  /// The services that the gateway forwards to.
  public var upstreams: [CataloguedService] { services.filter { $0.kind == .command || $0.kind == .query } }

  /// The services that publish events.
  public var publishers: [CataloguedService] { services.filter { !$0.publishes.isEmpty } }
}

/// One service of the catalogue.
public struct CataloguedService: Decodable, Sendable {
  public enum Kind: String, Decodable, Sendable {
    /// Owns a database and publishes events.
    case command
    /// Keeps a read model in the cache.
    case query
    case gateway
    /// Stands for a system outside of this one; reached by address, and known to no registry.
    case external
  }

  /// The events that a service consumes from one other service.
  public struct Subscription: Decodable, Sendable {
    /// The publishing service: `rider`.
    public let source: String
    /// The aggregates whose events are handled: `delivery`.
    public let aggregates: [String]
  }

  /// The name of the executable: `shop-listing`.
  public let name: String
  public let kind: Kind
  /// Where it listens by default.
  public let port: Int
  /// What it is for, in a few words.
  public let summary: String
  /// The database and the role that owns it; `nil` for a service without one.
  public let database: String?
  /// The aggregates whose events it publishes, which are the prefixes of the events' types: `delivery`.
  public let publishes: [String]
  public let subscribes: [Subscription]
  /// The services that it calls in its own name.
  public let calls: [String]

  /// Whether it verifies access tokens by identity's published keys; identity itself has them.
  public let verifiesTokens: Bool

  private enum CodingKeys: String, CodingKey {
    case name, kind, port, summary, database, publishes, subscribes, calls, authentication
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    kind = try values.decode(Kind.self, forKey: .kind)
    port = try values.decode(Int.self, forKey: .port)
    summary = try values.decode(String.self, forKey: .summary)
    database = try values.decodeIfPresent(String.self, forKey: .database)
    publishes = try values.decodeIfPresent([String].self, forKey: .publishes) ?? []
    subscribes = try values.decodeIfPresent([Subscription].self, forKey: .subscribes) ?? []
    verifiesTokens = try kind != .external && values.decodeIfPresent(String.self, forKey: .authentication) != "own"
    calls = try values.decodeIfPresent([String].self, forKey: .calls) ?? []
  }
}
