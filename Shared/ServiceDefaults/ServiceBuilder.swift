public import Projections
import Discovery
public import Events
public import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore
import AdminAPI
public import Redis
public import RuntimeConfiguration
import ServiceCatalogue
public import ServiceClient
public import ServiceLifecycle
public import Web

/// Puts a service together: owns what all services share, and takes what each adds.
///
/// From the catalogue's entry it makes the connection to Redis `events`, the runtime configuration, and a client with breaker and health check
/// for each service that is called. ``application(_:channel:)`` adds the consumer group, the admin routes, registration, health, and graceful
/// shutdown. Used by one task, at start.
public class ServiceBuilder {
  public let environment: ServiceEnvironment
  /// `/livez`, `/readyz`; add a service's own checks to it.
  public let health = Health()
  /// Redis `events`.
  public let events: RedisClient
  /// The settings that may change while the service runs.
  public let runtime: RuntimeConfiguration
  let service: CataloguedService
  /// What is run, in the order of dependency.
  var parts: [any Service]
  private let clients: [String: ServiceClient]
  private var subscriptions: [EventRouter.Route] = []
  private var reconcilers: [Reconciler] = []

  public var settings: Settings { environment.settings }
  public var logger: Logger { environment.logger }
  public var eventLoopGroup: any EventLoopGroup { environment.eventLoopGroup }

  /// - Parameter events: a client of Redis `events`; by default a new one.
  /// - Throws: `SettingsError` that names the key.
  public init(_ environment: ServiceEnvironment, events: RedisClient? = nil) throws(SettingsError) {
    let events = if let events { events } else { try RedisClient(.events, for: environment) }
    let runtime = RuntimeConfiguration(environment, redis: events)
    self.environment = environment
    self.events = events
    self.runtime = runtime
    service = .named(environment.name)
    var clients: [String: ServiceClient] = [:]
    for peer in service.calls {
      clients[peer] = try ServiceClient(peer, registry: events, runtime: runtime, for: environment)
    }
    self.clients = clients
    parts = [events, runtime] + service.calls.compactMap { clients[$0] }
    // Without these a service goes on with what it has: events wait in the outbox or in their streams.
    health.add(.connected("events", isRequired: false) { events.isConnected })
    for peer in service.calls { health.add(.answering(client(of: peer))) }
  }

  /// The client of a service that the catalogue says is called.
  public func client(of peer: String) -> ServiceClient {
    guard let client = clients[peer] else { preconditionFailure("\(service.name) calls no \(peer) in services.json") }
    return client
  }

  /// Runs a service's own parts after the shared ones; what a part needs comes before it.
  public func run(_ own: any Service...) {
    parts += own
  }

  // MARK: Consuming

  /// Handles the events about an aggregate that another service publishes.
  /// - Parameter aggregate: what the types of the events begin with: `delivery`.
  public func subscribe(to source: String, aggregate: String, _ handler: any EventHandler) {
    precondition(
      service.subscribes.contains { $0.source == source && $0.aggregates.contains(aggregate) },
      "\(service.name) does not subscribe to \(source)'s \(aggregate) in services.json")
    subscriptions.append(.init(source: source, prefix: "\(aggregate).", handler: handler))
  }

  /// Keeps a read model as the owner of its aggregates shows them: by their events, and by reconciliation.
  ///
  /// - Parameters:
  ///   - collection: the owner's path of them: `/shops`.
  ///   - marker: records that the read model was built in full, in the same store.
  ///   - fullComparison: how often everything is compared.
  public func project<Model: ReadModel>(
    _ aggregate: String, of source: String, at collection: String, parameter: String = "ids", into readModel: Model,
    marker: any RebuildMarker, fullComparison: Duration? = nil
  ) -> ProjectionReconciliation<Model> {
    let projection = Projection(
      source: AggregateClient<Model.Item>(client: client(of: source), collection: collection, parameter: parameter),
      readModel: readModel)
    let reconciliation = ProjectionReconciliation(projection: projection, marker: marker, logger: logger)
    var configuration = Reconciler.Configuration()
    if let fullComparison { configuration.fullInterval = fullComparison }
    reconcilers.append(
      Reconciler(reconciliation, configuration: configuration, logger: logger))
    subscribe(to: source, aggregate: aggregate, ProjectionHandler(projection: projection, service: service.name))
    return reconciliation
  }

  private func makeConsumer() throws(SettingsError) -> ConsumerGroup {
    ConsumerGroup(
      configuration: .init(
        sources: service.subscribes.map(\.source), group: service.name, consumer: environment.instance),
      redis: events, reader: try RedisBlockingConnection(.events, for: environment), handler: EventRouter(subscriptions),
      logger: logger
    ) { [reconcilers] in
      // Without a read model nothing was missed: a new group begins with the oldest entry that there is.
      for reconciler in reconcilers { reconciler.requestFull() }
    }
  }

  // MARK: The whole

  /// The service, ready to run.
  /// - Parameters:
  ///   - router: the service's own routes, with the routes that every service has.
  ///   - channel: makes the pipeline of a connection; `nil` for the usual one.
  /// - Throws: `SettingsError` that names the key.
  public func application(
    _ router: Router<ServiceRequestContext>, channel: HTTPServerBuilder? = nil
  ) throws(SettingsError) -> WebApplication {
    addAdminRoutes(to: router)
    let consumer = service.subscribes.isEmpty ? [] : [try makeConsumer()]
    return WebApplication(
      router: router, health: health, configuration: environment.web, services: parts + consumer + reconcilers,
      announcements: [try Registration(environment, health: health, redis: events)], channel: channel,
      eventLoopGroup: eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
  }

  /// `/admin`: the same in every service of a kind.
  func addAdminRoutes(to router: Router<ServiceRequestContext>) {
    ConfigurationRoutes(runtime).add(to: router)
    if !service.subscribes.isEmpty {
      ConsumerRoutes(reconcilers: reconcilers, deadLetters: DeadLetters(redis: events, group: service.name)).add(to: router)
    }
  }
}

extension HealthCheck {
  /// Whether a read model was built in full; without it a service has nothing to answer with.
  public static func built<Model: ReadModel>(_ name: String, _ readModel: ProjectionReconciliation<Model>) -> HealthCheck {
    HealthCheck(name) { readModel.isKnownToBeBuilt ? nil : "being built" }
  }

  /// Whether a peer answers; without it the service goes on with what it has.
  fileprivate static func answering(_ client: ServiceClient) -> HealthCheck {
    HealthCheck(client.service, isRequired: false) { client.breakerState == .open ? "the circuit breaker is open" : nil }
  }
}
