import HTTPFastPath
import Testing

@Suite("The order of responses on a connection")
struct ResponseOrderTests {
  @Test("Responses are written in the order of the requests, in whatever order they complete")
  func reorders() {
    let order = Order<String>()
    let (a, b, c) = (order.beginFast(), order.beginFast(), order.beginFast())
    #expect(order.complete(b, "b") == [])
    #expect(order.complete(a, "a") == ["a", "b"])
    #expect(order.pendingFast == 1)
    #expect(order.complete(c, "c") == ["c"])
    #expect(order.isIdle)
  }

  @Test("A request to the framework waits for earlier fast ones, and all later ones wait for it")
  func downstream() {
    let order = Order<String>()
    let a = order.beginFast()
    #expect(!order.admitsDownstream)
    #expect(order.complete(a, "a") == ["a"])
    #expect(order.admitsDownstream)
    order.beginDownstream()
    #expect(!order.admitsFast && !order.admitsDownstream && !order.isIdle)
    order.endDownstreamRequest()
    #expect(!order.admitsFast)
    order.endDownstreamResponse()
    #expect(order.admitsFast && order.isIdle)
  }

  @Test("A response may end before its request; both must have ended")
  func earlyResponse() {
    let order = Order<String>()
    order.beginDownstream()
    order.endDownstreamResponse()
    #expect(!order.admitsFast)
    #expect(order.isPassingRequest)
    order.endDownstreamRequest()
    #expect(order.admitsFast)
    #expect(!order.isPassingRequest)
  }

  @Test("The number of outstanding fast requests is bounded")
  func bounded() {
    let order = Order<String>(limit: 2)
    let a = order.beginFast()
    _ = order.beginFast()
    #expect(!order.admitsFast)
    #expect(order.complete(a, "a") == ["a"])
    #expect(order.admitsFast)
  }

  @Test("A duplicate or unknown response is ignored")
  func twice() {
    let order = Order<String>()
    let a = order.beginFast()
    #expect(order.complete(a, "a") == ["a"])
    #expect(order.complete(a, "again") == [])
    order.endDownstreamResponse()
    order.endDownstreamRequest()
    #expect(order.isIdle)
  }

  @Test("For any order of completion the output is the input order", arguments: 0..<200)
  func random(seed: Int) {
    var generator = SystemRandomNumberGenerator()
    let order = Order<Int>()
    var open: [(ResponseOrder<Int>.Ticket, Int)] = []
    var output: [Int] = []
    for number in 0..<40 {
      open.append((order.beginFast(), number))
      while !open.isEmpty, Bool.random(using: &generator) {
        let (ticket, number) = open.remove(at: Int.random(in: open.indices, using: &generator))
        output += order.complete(ticket, number)
      }
    }
    while let (ticket, number) = open.popLast() { output += order.complete(ticket, number) }
    #expect(output == Array(0..<40))
  }
}

/// By reference, because expectations can't mutate.
private final class Order<Response> {
  private var order: ResponseOrder<Response>

  init(limit: Int = 64) {
    order = ResponseOrder(limit: limit)
  }

  var admitsFast: Bool { order.admitsFast }
  var admitsDownstream: Bool { order.admitsDownstream }
  var isIdle: Bool { order.isIdle }
  var isPassingRequest: Bool { order.isPassingRequest }
  var pendingFast: Int { order.pendingFast }

  func beginFast() -> ResponseOrder<Response>.Ticket { order.beginFast() }
  func complete(_ ticket: ResponseOrder<Response>.Ticket, _ response: Response) -> [Response] { order.complete(ticket, response) }
  func beginDownstream() { order.beginDownstream() }
  func endDownstreamRequest() { order.endDownstreamRequest() }
  func endDownstreamResponse() { order.endDownstreamResponse() }
}
