import Metrics
public import NIOHTTP1

extension ServiceClient {
  /// The decoded answer to `GET path`; what `fallback` gives while the service is unavailable.
  /// - Throws: ``ServiceClientError`` that is no unavailability; what `fallback` throws; `CancellationError`.
  public func get<T: Decodable>(
    _ path: String, as type: T.Type, headers: HTTPHeaders = [:],
    fallback: (ServiceClientError) async throws -> T
  ) async throws -> T {
    do {
      return try await get(path, as: type, headers: headers)
    } catch let error as ServiceClientError where error.isUnavailability {
      metrics.fallbacks.increment()
      return try await fallback(error)
    }
  }

  /// The answer to `GET path`; while the service is unavailable the latest that it gave, marked as stale, if that is not older than `maximumAge`.
  ///
  /// A stale answer says so by `Age` and by `Warning: 110` (RFC 9111, sections 5.1 and 5.5; RFC 5861, stale-if-error), and by
  /// ``ServiceResponse/staleAge``. Answers are kept for each set of headers: what one caller may see is not shown to another whose headers differ.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func get(_ path: String, headers: HTTPHeaders = [:], staleFor maximumAge: Duration) async throws -> ServiceResponse {
    let key = GetKey(path, headers)
    do {
      let response = try await get(path, headers: headers)
      if response.status == 200 { memory.keep(response, for: key) }
      return response
    } catch let error as ServiceClientError where error.isUnavailability {
      guard let (kept, age) = memory.recall(key, within: maximumAge) else { throw error }
      var response = kept
      metrics.staleAnswers.increment()
      response.headers.replaceOrAdd(name: "Age", value: "\(age.components.seconds)")
      response.headers.replaceOrAdd(name: "Warning", value: #"110 - "Response is Stale""#)
      response.staleAge = age
      return response
    }
  }
}
