public import Events
import Postgres
import Redis
public import ServiceClient

extension ChangeOutcome {
  /// The outcome of a change whose fetch failed: unavailable peers are retried, everything else is the change's own failure.
  public static func failed(callback error: ServiceClientError) -> ChangeOutcome {
    if error.isUnavailability || error.code == .unresolved { return .retry(reason: "\(error.service): \(error.detail)") }
    if error.code.status == 401 || error.code.status == 403 {
      return .retry(reason: "\(error.service) refuses the call: \(error.detail)")
    }
    return .failed(reason: "\(error)")
  }

  /// The outcome of a change whose owner returned a version from before it.
  static func behind(_ change: AggregateChange, fetched version: Int64) -> ChangeOutcome {
    .retry(reason: "version \(change.sequence) was announced, but the owner returned \(version)")
  }

  /// The outcome of any error between the fetch and the read model.
  public static func failed(_ error: any Error) -> ChangeOutcome {
    switch error {
    case let error as ServiceClientError: .failed(callback: error)
    case let error as RedisError: .retry(reason: "cache: \(error)")
    case let error as PostgresError where error.isTransient || error.code == .cancelled: .retry(reason: "database: \(error)")
    case is CancellationError: .retry(reason: "stopping")
    default: .failed(reason: "\(error)")
    }
  }
}
