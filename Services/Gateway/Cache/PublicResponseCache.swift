import Concurrency
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import Telemetry
import Web

/// Serves public responses from the shared cache, fills it as the services' `Cache-Control` allows, and coalesces concurrent
/// misses.
struct PublicResponseCache: Sendable {
  let cache: ResponseCache
  let metrics: GatewayMetrics
  private let inFlight = RequestCoalescing<String, Fetched>()
  private let date = DateHeader()

  private struct Fetched: Sendable {
    let upstream: UpstreamResponse
    let isShareable: Bool
  }

  init(cache: ResponseCache, metrics: GatewayMetrics) {
    self.cache = cache
    self.metrics = metrics
  }

  /// Whether a stored response can satisfy this request (RFC 9111, sections 3.5 and 5.2.1).
  func isEligible(_ request: Request) -> Bool {
    guard request.method == .get, !request.headers.contains(.cacheControl) else { return false }
    return !request.headers.contains(.range) && !request.headers.contains(.cookie) && !request.headers.contains(.pragma)
  }

  /// The stored response, or the result of `fetch`, which is stored if its `Cache-Control` allows. Identical concurrent requests share a
  /// fetch; if its result may not be shared, each of them fetches its own.
  ///
  /// Requests with a token are served from the cache too: it holds only responses with `public`, which RFC 9111, section 3.5,
  /// permits.
  func response(to request: Request, fetch: @escaping @Sendable () async throws -> UpstreamResponse) async throws -> Response {
    let target = request.head.path ?? ""
    let ifNoneMatch = request.headers[values: .ifNoneMatch]
    let condition = ifNoneMatch.isEmpty ? nil : ifNoneMatch.joined(separator: ", ")
    if let stored = cache.response(for: target) {
      metrics.cacheHits.increment()
      return stored.response(ifNoneMatch: condition)
    }
    var isFirst = true
    let fetched = try await inFlight.value(for: target, onShared: { isFirst = false }) {
      let upstream = try await fetch()
      return Fetched(upstream: upstream, isShareable: store(upstream, for: target))
    }
    let upstream = isFirst || fetched.isShareable ? fetched.upstream : try await fetch()
    return conditional(upstream.response, condition)
  }

  /// - Returns: whether the response is cacheable, and so may be shared.
  private func store(_ fetched: UpstreamResponse, for target: String) -> Bool {
    guard fetched.response.status == .ok, let body = fetched.bufferedBody,
      let control = CacheControl(fetched.response.headers)
    else { return false }
    var fields = fetched.response.headers
    if !fields.contains(.date) { fields[.date] = date.text(at: .now()) }
    cache.store(CachedResponse(fields, body, lifetime: control.lifetime, at: .now()), for: target)
    metrics.cacheFills.increment()
    metrics.cacheBytes.set(cache.byteCount)
    return true
  }

  /// Evaluates `If-None-Match`, which is removed from the request to the service so that its response can be stored.
  private func conditional(_ response: Response, _ ifNoneMatch: String?) -> Response {
    guard response.status == .ok, let ifNoneMatch, let tag = response.headers[.eTag],
      let condition = EntityTagCondition(ifNoneMatch),
      condition.matches(opaque: String(tag.drop { $0 == "W" || $0 == "/" }.dropFirst().dropLast()))
    else { return response }
    var fields = response.headers
    fields[.contentLength] = nil
    fields[.contentType] = nil
    return .bodiless(.notModified, fields)
  }
}

extension CachedResponse {
  fileprivate func response(ifNoneMatch: String?) -> Response {
    var fields = fields
    fields[.age] = "\(age(at: .now()))"
    guard matches(ifNoneMatch) else { return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: body)) }
    fields[.contentType] = nil
    return .bodiless(.notModified, fields)
  }
}

extension HTTPField.Name {
  static let pragma = HTTPField.Name("Pragma")!
}
