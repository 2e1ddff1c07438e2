import Contracts
import TestSupport
import Testing

@Suite("Rider: invalid requests")
struct BadInputTests {
  @Test(
    "An invalid body gets a 4xx problem with the documented code",
    arguments: [
      ("/riders", "", 400, "malformed_json"), ("/riders", "{}", 422, "invalid_body"),
      ("/riders", #"{"name":"","vehicle":"car"}"#, 422, "invalid_body"),
      ("/riders", #"{"name":"a\u0000","vehicle":"car"}"#, 422, "invalid_body"),
      ("/riders", #"{"name":"라이더","vehicle":"rocket"}"#, 422, "invalid_body"),
      ("/riders", #"{"name":"라이더","vehicle":"car","id":"1"}"#, 422, "invalid_body"),
      ("/riders/me/status", #"{"status":"busy"}"#, 422, "invalid_body"),
      ("/riders/me/location", #"{"latitude":91,"longitude":0}"#, 422, "invalid_body"),
      ("/riders/me/location", #"{"latitude":0,"longitude":-180.5}"#, 422, "invalid_body"),
      ("/riders/me/location", #"{"latitude":1e999,"longitude":0}"#, 422, "invalid_body"),
      ("/riders/me/location", #"{"latitude":"0","longitude":0}"#, 422, "invalid_body"),
      ("/deliveries/cancel", #"{"orderId":"1","reason":"x"}"#, 422, "invalid_body"),
      ("/deliveries/cancel", #"{"orderId":"0197a6b2-0000-7000-8000-000000000001","reason":" "}"#, 422, "invalid_body"),
    ])
  func bodies(_ path: String, _ body: String, _ status: Int, _ code: String) async throws {
    let service = try await RiderUnderTest.shared()
    let id = Identifier.fresh()
    let method = path.contains("me/") ? "PUT" : "POST"
    let api = path == "/deliveries/cancel" ? service.api : service.rider(id)
    let response = try await api.send(method, path.replacing("me", with: id.description), body)
    #expect(response.status == status)
    #expect(response.code == code)
  }

  @Test(
    "An invalid path or query gets a 4xx problem with the documented code",
    arguments: [
      ("/riders/7", 400, "invalid_id"), ("/riders/0197a6b2-0000-7000-8000-0000000000aa", 404, "rider_not_found"),
      ("/riders/0197a6b2-0000-7000-8000-0000000000aa/offers?wait=1", 404, "rider_not_found"),
      ("/riders/0197a6b2-0000-7000-8000-0000000000aa/offers?wait=31", 400, "invalid_query"),
      ("/deliveries/0197a6b2-0000-7000-8000-0000000000aa", 404, "delivery_not_found"), ("/deliveries/x", 400, "invalid_id"),
      ("/deliveries", 400, "invalid_query"), ("/deliveries?ids=1", 400, "invalid_id"),
      ("/deliveries?ids=0197a6b2-0000-7000-8000-0000000000aa&orderId=x", 400, "invalid_query"),
      ("/deliveries?orderId=1", 400, "invalid_id"), ("/deliveries/versions?cursor=abc", 400, "bad_cursor"),
      ("/deliveries/versions?changedSince=now", 400, "invalid_query"), ("/nowhere", 404, "not_found"),
    ])
  func targets(_ path: String, _ status: Int, _ code: String) async throws {
    let response = try await RiderUnderTest.shared().api.get(path)
    #expect(response.status == status)
    #expect(response.code == code)
  }

  @Test("Only services and operators may read batches and versions")
  func roles() async throws {
    let service = try await RiderUnderTest.shared()
    for path in ["/deliveries?ids=0197a6b2-0000-7000-8000-0000000000aa", "/deliveries/versions"] {
      #expect(try await service.rider(.fresh()).get(path).status == 403)
      #expect(try await service.api.get(path).status == 200)
    }
  }
}
