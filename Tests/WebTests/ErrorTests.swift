import Auth
import Contracts
import Hummingbird
import NIOCore
import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite("Errors over HTTP")
struct ErrorTests {
  private struct Body: Decodable {
    let name: String
  }
  private struct Unavailable: Error {}
  private struct UnavailableForThreeSeconds: UnavailabilityError {
    var retryAfterSeconds: Int { 3 }
  }
  private struct Secret: Error {
    let password = "hunter2"
  }

  private static func routes(_ router: Router<ServiceRequestContext>) {
    router.get("things/:id") { _, context in try context.identifier().description }
    router.patch("things/:id") { request, context in try await request.json(Body.self, context).name }
    router.get("list") { request, _ in
      let query = try request.query()
      try query.allow("limit", "cursor", "ids")
      _ = try query.cursor(fields: 2)
      _ = try query.identifiers("ids", maximum: 2)
      return "\(try query.limit(maximum: 100))"
    }
    router.get("mine") { _, context in try context.requirePrincipal(.owner, .service).text }
    router.get("unavailable-dependency") { _, _ -> String in throw Unavailable() }
    router.get("unavailable-for-3s") { _, _ -> String in throw UnavailableForThreeSeconds() }
    router.get("broken") { _, _ -> String in throw Secret() }
    router.get("bare") { _, _ in Response(status: .conflict) }
    router.get("gone") { _, _ -> String in throw Problem.gone() }
  }

  private func respond(
    _ method: RunningService.Method, _ path: String, headers: [(String, String)] = [], body: String? = nil
  ) async throws -> RunningService.TextResponse {
    try await withService(
      unavailability: { $0 is Unavailable ? 2 : nil }, routes: Self.routes
    ) { service async throws in
      try await service.send(method, path, headers: .init(headers), body: body)
    }
  }

  private static let id = "01890a5d-ac96-774b-bcce-b302099a8057"

  @Test(
    "each is a problem document with its own code",
    arguments: [
      ("GET", "/nowhere", nil, 404, "not_found"),
      ("GET", "/", nil, 404, "not_found"),
      ("DELETE", "/things/\(id)", nil, 405, "method_not_allowed"),
      ("POST", "/livez", nil, 405, "method_not_allowed"),
      ("OPTIONS", "/list", nil, 405, "method_not_allowed"),
      ("GET", "/things/7", nil, 400, "invalid_id"),
      ("GET", "/list?limit=0", nil, 400, "invalid_query"),
      ("GET", "/list?limit=101", nil, 400, "invalid_query"),
      ("GET", "/list?limit=+5", nil, 400, "invalid_query"),
      ("GET", "/list?limit=ten", nil, 400, "invalid_query"),
      ("GET", "/list?limit=99999999999999999999", nil, 400, "invalid_query"),
      ("GET", "/list?colour=red", nil, 400, "invalid_query"),
      ("GET", "/list?limit=%ff", nil, 400, "invalid_query"),
      ("GET", "/list?limit=%0", nil, 400, "invalid_query"),
      ("GET", "/list?cursor=x", nil, 400, "bad_cursor"),
      ("GET", "/list?cursor=", nil, 400, "bad_cursor"),
      ("GET", "/list?ids=\(id),x", nil, 400, "invalid_id"),
      ("GET", "/list?ids=", nil, 400, "invalid_id"),
      ("GET", "/mine", nil, 401, "unauthorized"),
      ("GET", "/unavailable-dependency", nil, 503, "unavailable"),
      ("GET", "/unavailable-for-3s", nil, 503, "unavailable"),
      ("GET", "/broken", nil, 500, "internal_error"),
      ("GET", "/bare", nil, 409, "conflict"),
      ("GET", "/gone", nil, 410, "gone"),
      ("PATCH", "/things/\(id)", "{", 400, "malformed_json"),
      ("PATCH", "/things/\(id)", "", 400, "malformed_json"),
      ("PATCH", "/things/\(id)", "{}", 422, "invalid_body"),
      ("PATCH", "/things/\(id)", #"{"name":"a","nmae":"b"}"#, 422, "invalid_body"),
    ] as [(String, String, String?, Int, String)])
  func problems(method: String, path: String, body: String?, status: Int, code: String) async throws {
    let response = try await respond(.init(rawValue: method), path, body: body)
    #expect(response.status == status)
    #expect(response.headers.first(name: "content-type") == "application/problem+json")
    #expect(response.body.contains(#""code":"\#(code)""#))
    #expect(response.body.contains(#""status":\#(status)"#))
  }

  @Test("405 lists the allowed methods, HEAD with GET")
  func allow() async throws {
    #expect(try await respond(.DELETE, "/things/\(Self.id)").headers.first(name: "allow") == "GET, HEAD, PATCH")
  }

  @Test("503 has Retry-After by the service's rule, and by the error's own")
  func retryAfter() async throws {
    #expect(try await respond(.GET, "/unavailable-dependency").headers.first(name: "retry-after") == "2")
    #expect(try await respond(.GET, "/unavailable-for-3s").headers.first(name: "retry-after") == "3")
  }

  @Test("an internal error returns its trace id and not its cause")
  func noInternals() async throws {
    let response = try await respond(
      .GET, "/broken", headers: [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")])
    #expect(!response.body.contains("hunter2"))
    #expect(!response.body.contains("Secret"))
    #expect(response.body.contains(#""traceId":"4bf92f3577b34da6a3ce929d0e0e4736""#))
  }

  @Test("a valid token's principal is known; no token and an invalid one are 401 with a challenge, a wrong role 403")
  func principal() async throws {
    let issuer = try await TokenIssuer.shared()
    let owner = try await issuer.authorization(for: "owner:\(Self.id)")
    for written in [owner, owner.replacing("Bearer", with: "bearer", maxReplacements: 1)] {
      #expect(try await respond(.GET, "/mine", headers: [("Authorization", written)]).body == "owner:\(Self.id)")
    }
    for none in [nil, "Basic b3duZXI6bWU=", "Bearers a.b.c"] {
      let response = try await respond(.GET, "/mine", headers: none.map { [("Authorization", $0)] } ?? [])
      #expect(response.status == 401 && response.body.contains(#""code":"unauthorized""#))
      #expect(response.headers.first(name: "www-authenticate") == #"Bearer realm="baedal""#)
    }
    for wrong in ["Bearer", "Bearer owner:\(Self.id)", "\(owner)x", "\(owner), \(owner)"] {
      let response = try await respond(.GET, "/mine", headers: [("Authorization", wrong)])
      #expect(response.status == 401 && response.body.contains(#""code":"invalid_token""#))
      #expect(response.headers.first(name: "www-authenticate")?.contains(#"error="invalid_token""#) == true)
    }
    let rider = try await issuer.authorization(for: "rider:\(Self.id)")
    let wrong = try await respond(.GET, "/mine", headers: [("Authorization", rider)])
    #expect(wrong.status == 403)
    #expect(wrong.body.contains(#""code":"forbidden""#))
  }

  @Test(
    "a body with a content type other than JSON is 415",
    arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
  func mediaType(type: String) async throws {
    let response = try await respond(.PATCH, "/things/\(Self.id)", headers: [("Content-Type", type)], body: #"{"name":"a"}"#)
    #expect(response.status == 415)
    #expect(response.body.contains(#""code":"unsupported_media_type""#))
  }

  @Test(
    "JSON with any of its content types is accepted",
    arguments: ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"])
  func mediaTypes(type: String) async throws {
    #expect(
      try await respond(.PATCH, "/things/\(Self.id)", headers: [("Content-Type", type)], body: #"{"name":"a"}"#).body == "a")
  }

  @Test("one megabyte is accepted, one byte more is 413", arguments: [(0, 200), (1, 413)])
  func bodyLimit(extra: Int, status: Int) async throws {
    let frame = #"{"name":""}"#
    let name = String(repeating: "a", count: WebConfiguration.maximumBodyBytes - frame.utf8.count + extra)
    let response = try await respond(.PATCH, "/things/\(Self.id)", body: #"{"name":"\#(name)"}"#)
    #expect(response.status == status)
    if extra > 0 { #expect(response.body.contains(#""code":"body_too_large""#)) }
  }
}

extension RunningService {
  typealias Method = NIOHTTP1.HTTPMethod
}
