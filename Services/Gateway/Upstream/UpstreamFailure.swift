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

/// Why a service gave no answer to pass on.
struct UpstreamFailure: Error, Hashable {
  enum Reason: Hashable {
    /// No instance could be reached: nothing was sent.
    case unreachable
    /// The connection broke before the answer came.
    case connectionLost
    /// No answer in time.
    case timedOut
    /// The breaker keeps calls away for a moment.
    case circuitOpen
    /// The bulkhead is full.
    case bulkheadFull
  }

  let service: String
  let reason: Reason

  /// Whether it says something of the service's health.
  var isServices: Bool { [.unreachable, .connectionLost, .timedOut].contains(reason) }

  init(service: String, reason: Reason) {
    self.service = service
    self.reason = reason
  }

  /// - Returns: `nil` for what the client or the gateway itself is to blame for.
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
      Problem(.gatewayTimeout, code: "upstream_timeout", detail: "\(service) gave no answer in time")
    case .connectionLost:
      Problem(.badGateway, code: "upstream_failed", detail: "the connection to \(service) broke; whether it acted is not known")
    case .unreachable, .circuitOpen:
      Problem(
        .serviceUnavailable, code: "upstream_unavailable", detail: "\(service) can't be reached at the moment",
        headers: [.retryAfter: "1"])
    case .bulkheadFull:
      Problem(
        .serviceUnavailable, code: "overloaded", detail: "too many requests to \(service) are under way; try again",
        headers: [.retryAfter: "1"])
    }
  }
}
