import Metrics
public import NIOHTTP1

extension ServiceClient {
  /// The decoded response to `GET path`, or the result of `fallback` while the service is unavailable.
  /// - Throws: ``ServiceClientError`` other than unavailability; what `fallback` throws; `CancellationError`.
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

  /// The response to `GET path`, or while the service is unavailable its last successful response, if not older than
  /// `maximumAge`.
  ///
  /// A stale response has the headers `Age` and `Warning: 110` (RFC 9111, sections 5.1 and 5.5; RFC 5861, stale-if-error), and a
  /// ``ServiceResponse/staleAge``. Responses are cached per set of headers, so callers with different headers share none.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func get(_ path: String, headers: HTTPHeaders = [:], staleFor maximumAge: Duration) async throws -> ServiceResponse {
    let key = GetKey(path, headers)
    do {
      let response = try await get(path, headers: headers)
      if response.status == 200 { staleResponses.store(response, for: key) }
      return response
    } catch let error as ServiceClientError where error.isUnavailability {
      guard let (cached, age) = staleResponses.response(for: key, within: maximumAge) else { throw error }
      var response = cached
      metrics.staleResponses.increment()
      response.headers.replaceOrAdd(name: "Age", value: "\(age.components.seconds)")
      response.headers.replaceOrAdd(name: "Warning", value: #"110 - "Response is Stale""#)
      response.staleAge = age
      return response
    }
  }
}
