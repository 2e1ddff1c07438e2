public import Contracts
import Persistence
public import Postgres
import ServiceContextModule
import Telemetry

/// The two parameters with which a statement appends its event to the outbox: the id and the trace.
public struct OutboxEntry: Sendable {
  public let id: Identifier
  public let traceparent: String?

  public init(id: Identifier, traceparent: String?) {
    self.id = id
    self.traceparent = traceparent
  }

  /// An entry created now, in the trace of the current request.
  public static func now() -> OutboxEntry {
    OutboxEntry(id: .v7(at: .now()), traceparent: ServiceContext.current?.trace?.traceparent)
  }

  public func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(traceparent)
  }
}
