public import Contracts
import NIOHTTP1

extension RESTClient {
  /// Asks the listing again and again for a shop's page until it has `version` or a later one.
  ///
  /// - Returns: the first page that has it, and how many pages were asked for.
  /// - Throws: `NotShownError` when that takes longer than `patience`; `UnansweredError`, `UnexpectedAnswer`.
  @discardableResult
  public func waitFor(
    version: Int64, of shop: Identifier, within patience: Duration
  ) async throws -> (page: Answer, polls: Int) {
    let deadline = ContinuousClock.now + patience
    var polls = 0
    repeat {
      let answer = try await call(.GET, "/listings/\(shop)", as: nil, isFresh: true, deadline: patience)
      polls += 1
      // 404: not there yet; 429: asked too often; 503: the read model is just being built.
      if ![404, 429, 503].contains(answer.status) {
        _ = try answer.expecting(200, of: "GET /listings/\(shop)")
        if let shown = answer.version, shown >= version { return (answer, polls) }
      }
      try await Task.sleep(for: answer.status == 429 ? answer.retryAfter ?? pause : pause, tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw NotShownError(what: "version \(version) of shop \(shop)", patience: patience)
  }
}

/// The listing didn't show a change in time.
public struct NotShownError: Error, CustomStringConvertible {
  public let what: String
  public let patience: Duration

  public init(what: String, patience: Duration) {
    self.what = what
    self.patience = patience
  }

  public var description: String {
    "the listing did not show \(what) within \(patience.inSeconds.text(decimals: 0)) s"
  }
}
