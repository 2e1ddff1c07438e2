import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import Telemetry
import Web

/// Public pages that services allow to be shared: kept for as long as they say, and asked for once however many want them.
struct PublicResponseCache: Sendable {
  let cache: ResponseCache
  let metrics: GatewayMetrics
  private let flights = SingleFlight<UpstreamResponse>()
  private let date = DateHeader()

  init(cache: ResponseCache, metrics: GatewayMetrics) {
    self.cache = cache
    self.metrics = metrics
  }

  /// Whether a page that somebody else asked for can be this request's answer (RFC 9111, sections 3.5 and 5.2.1).
  func mayAnswer(_ request: Request) -> Bool {
    guard request.method == .get, !request.headers.contains(.cacheControl) else { return false }
    return !request.headers.contains(.range) && !request.headers.contains(.cookie) && !request.headers.contains(.pragma)
  }

  /// The page from the cache, or what `ask` gives, which is kept if its service allows.
  ///
  /// A request with a token is answered from the cache too: only pages that say `public` are there, which RFC 9111, section 3.5, allows.
  func response(to request: Request, _ ask: () async throws -> UpstreamResponse) async throws -> Response {
    let target = request.head.path ?? ""
    let ifNoneMatch = request.headers[values: .ifNoneMatch]
    let condition = ifNoneMatch.isEmpty ? nil : ifNoneMatch.joined(separator: ", ")
    if let page = cache.page(target) {
      metrics.cacheHits.increment()
      return page.response(ifNoneMatch: condition)
    }
    let answer = try await flights.value(for: target) {
      let answer = try await ask()
      return (answer, isShared: keep(answer, as: target))
    }
    return conditional(answer.response, condition)
  }

  /// - Returns: whether others may have it.
  private func keep(_ answer: UpstreamResponse, as target: String) -> Bool {
    guard answer.response.status == .ok, let body = answer.whole, let control = CacheControl(answer.response.headers) else {
      return false
    }
    var fields = answer.response.headers
    if !fields.contains(.date) { fields[.date] = date.text(at: .now()) }
    cache.keep(CachedResponse(fields, body, lifetime: control.lifetime, at: .now()), as: target)
    metrics.cacheFills.increment()
    metrics.cacheBytes.set(cache.byteCount)
    return true
  }

  /// The client's condition was kept from the service: it is judged here.
  private func conditional(_ response: Response, _ ifNoneMatch: String?) -> Response {
    guard response.status == .ok, let ifNoneMatch, let tag = response.headers[.eTag], let has = EntityTagCondition(ifNoneMatch),
      has.matches(opaque: String(tag.drop { $0 == "W" || $0 == "/" }.dropFirst().dropLast()))
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
