import Contracts
import TestSupport
import Testing

@Suite("Invalid requests to shop")
struct BadInputTests {
  @Test(
    "Each invalid body gets a 4xx problem with its code",
    arguments: [
      ("", 400, "malformed_json"), ("{", 400, "malformed_json"), ("[]", 422, "invalid_body"), ("null", 422, "invalid_body"),
      (#"{"name":1}"#, 422, "invalid_body"), (#"{"name":"x","owner":"y"}"#, 422, "invalid_body"), ("{}", 422, "invalid_body"),
      (#"{"name":null}"#, 422, "invalid_body"), (#"{"name":""}"#, 422, "invalid_body"),
      (#"{"category":"sushi!"}"#, 422, "invalid_body"), (#"{"district":"Gangnam"}"#, 422, "invalid_body"),
      (#"{"minimumOrder":{"amount":1.5,"currency":"KRW"}}"#, 422, "invalid_body"),
      (#"{"minimumOrder":{"amount":1,"currency":"USD"}}"#, 422, "invalid_body"),
      (#"{"minimumOrder":{"amount":-1,"currency":"KRW"}}"#, 422, "invalid_body"),
      (#"{"minimumOrder":{"amount":99999999999999999999,"currency":"KRW"}}"#, 422, "invalid_body"),
      (#"{"location":{"latitude":91,"longitude":0}}"#, 422, "invalid_body"),
      (#"{"location":{"latitude":1e999,"longitude":0}}"#, 422, "invalid_body"),
      (#"{"name":"a\u0000b"}"#, 422, "invalid_body"), (#"{"name":"\ud800"}"#, 400, "malformed_json"),
      (#"{"name":"a","name":"b"}"#, 400, "malformed_json"),
      (String(repeating: "[", count: 100_000), 400, "malformed_json"),
    ])
  func bodies(_ body: String, _ status: Int, _ code: String) async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let response = try await shop.api.send("PATCH", "/shops/\(id)", body)
    #expect(response.status == status)
    #expect(response.code == code)
    #expect(try await shop.api.get("/shops/\(id)").decode(Shop.self).version == 1)
  }

  @Test(
    "Each invalid path or query gets a 4xx problem with its code",
    arguments: [
      ("/shops/7", 400, "invalid_id"), ("/shops/0197a6b2-0000-7000-8000-00000000000g", 400, "invalid_id"),
      ("/shops/0197a6b2-0000-7000-8000-0000000000aa", 404, "shop_not_found"), ("/nowhere", 404, "not_found"),
      ("/shops?cursor=%25", 400, "bad_cursor"), ("/shops?cursor=abcd", 400, "bad_cursor"),
      ("/shops?limit=0", 400, "invalid_query"),
      ("/shops?limit=501", 400, "invalid_query"), ("/shops?limit=ten", 400, "invalid_query"),
      ("/shops?colour=red", 400, "invalid_query"), ("/shops?ids=", 400, nil), ("/shops?ids=1,2", 400, "invalid_id"),
      ("/shops/versions?changedSince=now", 400, "invalid_query"), ("/shops?limit=%ff", 400, "invalid_query"),
    ] as [(String, Int, String?)])
  func paths(_ path: String, _ status: Int, _ code: String?) async throws {
    let response = try await ShopUnderTest.shared().service.get(path)
    #expect(response.status == status)
    if let code { #expect(response.code == code) }
  }

  @Test("A body over 1 MB gets 413, a body that is not JSON 415, a header over the limit 431, and the service keeps serving")
  func sizes() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let large = #"{"name":"\#(String(repeating: "a", count: 1_100_000))"}"#
    #expect(try await shop.api.send("PATCH", "/shops/\(id)", large).status == 413)
    let form = try await shop.api.send("PATCH", "/shops/\(id)", "name=x", headers: ["Content-Type": "text/plain"])
    #expect(form.status == 415)
    let header = try? await shop.api.get("/shops/\(id)", headers: ["X-Long": String(repeating: "a", count: 40_000)])
    #expect(header.map { $0.status == 431 } ?? true)
    #expect(try await shop.api.get("/shops/\(id)").status == 200)
  }

  @Test("An unsupported method gets 405 with the supported ones in Allow")
  func methods() async throws {
    let response = try await ShopUnderTest.shared().api.send("PUT", "/shops")
    #expect(response.status == 405)
    #expect(response.header("Allow")?.contains("POST") == true)
  }
}
