import NIOCore
import Testing

@testable import Redis

@Suite struct ReplyQueueTests {
  private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(seconds) * 1_000_000_000) }

  private func describe(_ action: ReplyQueue<String>.Action) -> String {
    switch action {
    case .none: "-"
    case .complete(let waiter, let values, _): waiter + ":" + values.map { $0.string ?? "?" }.joined(separator: ",")
    case .violation: "violation"
    }
  }

  private func enter(
    _ queue: inout ReplyQueue<String>, _ name: String, _ replies: Int = 1, deadline: Int64 = 10
  ) -> Bool {
    queue.enter(name, replies: replies, sent: at(0), deadline: at(deadline))
  }

  @Test("Replies complete requests in order, a batch gets all of its own")
  func order() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(enter(&queue, "a") && enter(&queue, "b", 3) && enter(&queue, "c"))
    let actions = (1...5).map { describe(queue.receive(.integer($0))) }
    #expect(actions == ["a:1", "-", "-", "b:2,3,4", "c:5"])
    #expect(queue.isEmpty && queue.outstanding == 0 && queue.nextDeadline == nil)
  }

  @Test("A reply without a request is a violation")
  func unexpected() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(describe(queue.receive(.null)) == "violation")
    #expect(enter(&queue, "a"))
    #expect(describe(queue.receive(.integer(1))) == "a:1")
    #expect(describe(queue.receive(.null)) == "violation")
  }

  @Test("Requests are rejected at the limit, and accepted again below it")
  func limit() {
    var queue = ReplyQueue<String>(limit: 3)
    #expect(enter(&queue, "a", 2))
    #expect(enter(&queue, "large", 5))
    #expect(!enter(&queue, "b"))
    #expect(queue.outstanding == 7)
    _ = (1...5).map { queue.receive(.integer($0)) }
    #expect(enter(&queue, "c"))
  }

  @Test("A late reply completes no other request")
  func lateReply() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(enter(&queue, "slow", deadline: 1) && enter(&queue, "next", deadline: 9))
    #expect(queue.expire(now: at(0)).isEmpty)
    #expect(queue.expire(now: at(1)) == ["slow"])
    #expect(queue.outstanding == 2)
    #expect(queue.nextDeadline == at(9))
    #expect([describe(queue.receive(.integer(1))), describe(queue.receive(.integer(2)))] == ["-", "next:2"])
  }

  @Test("The remaining replies of an expired batch are dropped", arguments: 0...2)
  func lateBatch(received: Int64) {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(enter(&queue, "batch", 3, deadline: 1) && enter(&queue, "next", 2, deadline: 9))
    var number: Int64 = 0
    for _ in 0..<received {
      #expect(describe(queue.receive(.integer(number))) == "-")
      number += 1
    }
    #expect(queue.expire(now: at(2)) == ["batch"])
    var actions: [String] = []
    while number < 5 {
      actions.append(describe(queue.receive(.integer(number))))
      number += 1
    }
    #expect(actions.last == "next:3,4")
    #expect(actions.dropLast().allSatisfy { $0 == "-" })
    #expect(queue.isEmpty)
  }

  @Test("A short deadline behind a long one is applied")
  func mixedDeadlines() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(enter(&queue, "long", deadline: 60) && enter(&queue, "short", deadline: 1))
    #expect(queue.nextDeadline == at(1))
    #expect(queue.expire(now: at(1)) == ["short"])
    #expect(queue.nextDeadline == at(60))
    #expect([describe(queue.receive(.integer(1))), describe(queue.receive(.integer(2)))] == ["long:1", "-"])
  }

  @Test("The first request is overdue from its deadline on, also after it has expired")
  func overdue() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(!queue.isOverdue(now: at(100)))
    #expect(enter(&queue, "a", deadline: 5) && enter(&queue, "b", deadline: 1))
    #expect(!queue.isOverdue(now: at(4)))
    #expect(queue.expire(now: at(5)) == ["a", "b"])
    #expect(queue.isOverdue(now: at(5)))
  }

  @Test("A lost connection returns the remaining waiters")
  func abandon() {
    var queue = ReplyQueue<String>(limit: 10)
    #expect(enter(&queue, "gone", deadline: 1) && enter(&queue, "b", 2) && enter(&queue, "c"))
    _ = queue.expire(now: at(1))
    #expect(queue.abandon() == ["b", "c"])
    #expect(queue.isEmpty && queue.outstanding == 0 && queue.limit == 10)
  }
}
