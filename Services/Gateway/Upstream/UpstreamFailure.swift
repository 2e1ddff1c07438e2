import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import Web

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The reason for which there is no response of a service to forward.
struct UpstreamFailure: Error, Hashable {
  enum Reason: Hashable {
    /// No connection to an instance: the request was not sent.
    case unreachable
    /// The connection was lost before the response.
    case connectionLost
    /// No response before the deadline.
    case timedOut
    case circuitOpen
    case bulkheadFull
  }

  let service: String
  let reason: Reason

  /// Whether it counts as a failure of the service in the circuit breaker.
  var isServiceFailure: Bool { [.unreachable, .connectionLost, .timedOut].contains(reason) }

  init(service: String, reason: Reason) {
    self.service = service
    self.reason = reason
  }

  /// - Returns: `nil` for errors that the client or the gateway caused.
  init?(service: String, _ error: any Error, callBody: BodyPump?) {
    switch error {
    case is Problem, is CancellationError, is HTTPParserError: return nil
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
      guard callBody?.isComplete ?? true else { return nil }
      self.init(service: service, reason: .timedOut)
    case let error as HTTPClientError where error == .cancelled: return nil
    case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
      self.init(service: service, reason: .unreachable)
    case is NIOConnectionError, ChannelError.connectTimeout:
      self.init(service: service, reason: .unreachable)
    case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ETIMEDOUT].contains(error.errnoCode):
      self.init(service: service, reason: .unreachable)
    default:
      self.init(service: service, reason: .connectionLost)
    }
  }

  var problem: Problem {
    switch reason {
    case .timedOut:
      Problem(.gatewayTimeout, code: "upstream_timeout", detail: "\(service) did not respond in time")
    case .connectionLost:
      Problem(
        .badGateway, code: "upstream_failed", detail: "the connection to \(service) was lost; the request may have been processed"
      )
    case .unreachable, .circuitOpen:
      Problem(
        .serviceUnavailable, code: "upstream_unavailable", detail: "\(service) is unavailable",
        headers: [.retryAfter: "1"])
    case .bulkheadFull:
      Problem(
        .serviceUnavailable, code: "overloaded", detail: "too many requests to \(service) are in flight; retry later",
        headers: [.retryAfter: "1"])
    }
  }
}
