import Contracts
import JSON
import NIOCore
import Testing

@Suite("Contracts written as JSON")
struct ContractJSONTests {
  private static let id = Identifier("0198c0de-0000-7abc-8def-000000000001")!
  private static let time = Timestamp(milliseconds: 1_767_323_045_678)
  private static let address = Address(address: "강남대로 1", location: Location(latitude: 37.5, longitude: 127))

  private func text(_ write: (inout JSONText) -> Void) -> String {
    var json = JSONText()
    write(&json)
    return String(buffer: json.buffer)
  }

  @Test("The members of an order are written in declaration order")
  func order() {
    let order = Order(
      id: Self.id, customerId: Self.id, shopId: Self.id, ownerId: Self.id, shopName: "달빛\"치킨\"", pickup: Self.address,
      deliveryAddress: Self.address,
      items: [OrderItem(menuItemId: Self.id, name: "후라이드", price: Money(amount: 18_000), quantity: 2)],
      subtotal: Money(amount: 36_000), deliveryFee: Money(amount: 0), total: Money(amount: 36_000), status: .accepted,
      preparationMinutes: 20, reason: nil, paymentId: Self.id, version: 2, placedAt: Self.time, updatedAt: Self.time,
      timeline: [StatusChange(version: 1, status: .placed, at: Self.time)])
    let id = #""0198c0de-0000-7abc-8def-000000000001""#
    let time = #""2026-01-02T03:04:05.678Z""#
    let address = #"{"address":"강남대로 1","location":{"latitude":37.5,"longitude":127.0}}"#
    #expect(
      text { $0.value(order) } == """
        {"id":\(id),"customerId":\(id),"shopId":\(id),"ownerId":\(id),"shopName":"달빛\\"치킨\\"","pickup":\(address),\
        "deliveryAddress":\(address),"items":[{"menuItemId":\(id),"name":"후라이드",\
        "price":{"amount":18000,"currency":"KRW"},"quantity":2}],"subtotal":{"amount":36000,"currency":"KRW"},\
        "deliveryFee":{"amount":0,"currency":"KRW"},"total":{"amount":36000,"currency":"KRW"},"status":"accepted",\
        "preparationMinutes":20,"reason":null,"paymentId":\(id),"version":2,"placedAt":\(time),"updatedAt":\(time),\
        "timeline":[{"version":1,"status":"placed","at":\(time)}]}
        """)
  }

  @Test("A menu item without description omits it; the average of a rating is a decimal")
  func values() {
    let item = MenuItem(id: Self.id, name: "콜라", price: Money(amount: 2000), description: nil)
    let written = #"{"id":"0198c0de-0000-7abc-8def-000000000001","name":"콜라","price":{"amount":2000,"currency":"KRW"}"#
    #expect(text { $0.value(item) } == written + "}")
    let described = MenuItem(id: Self.id, name: "콜라", price: Money(amount: 2000), description: "355 mL")
    #expect(text { $0.value(described) } == written + #","description":"355 mL"}"#)
    #expect(text { $0.value(Rating(average: 4.5, count: 12)) } == #"{"average":4.5,"count":12}"#)
    #expect(text { $0.value(Rating.none) } == #"{"average":0.0,"count":0}"#)
  }
}
