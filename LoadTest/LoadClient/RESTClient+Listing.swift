public import Contracts
import NIOHTTP1

extension RESTClient {
  /// Polls a shop's page in the listing until it shows `version` or a later one.
  ///
  /// - Returns: the first page that shows it, and the number of polls.
  /// - Throws: `NotVisibleError` after `timeout`; `NoResponseError`, `UnexpectedResponse`.
  @discardableResult
  public func waitFor(
    version: Int64, of shop: Identifier, within timeout: Duration
  ) async throws -> (page: RESTResponse, polls: Int) {
    let deadline = ContinuousClock.now + timeout
    var polls = 0
    repeat {
      let response = try await call(.GET, "/listings/\(shop)", as: nil, isFresh: true, deadline: timeout)
      polls += 1
      // 404: not there yet; 429: rate limited; 503: the read model is being built.
      if ![404, 429, 503].contains(response.status) {
        _ = try response.expecting(200, of: "GET /listings/\(shop)")
        if let shown = response.version, shown >= version { return (response, polls) }
      }
      try await Task.sleep(for: response.status == 429 ? response.retryAfter ?? pause : pause, tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw NotVisibleError(what: "version \(version) of shop \(shop)", timeout: timeout)
  }
}

/// The listing did not show a change in time.
public struct NotVisibleError: Error, CustomStringConvertible {
  public let what: String
  public let timeout: Duration

  public init(what: String, timeout: Duration) {
    self.what = what
    self.timeout = timeout
  }

  public var description: String {
    "the listing did not show \(what) within \(timeout.inSeconds.text(decimals: 0)) s"
  }
}
