import Contracts
import Testing

@testable import ReviewService

@Suite("Review: validation and invitations")
struct ReviewRulesTests {
  private func pointers(rating: Int = 5, text: String = "") -> [String] {
    ReviewRules.errors(in: NewReview(orderId: .fresh(), rating: rating, text: text)).map(\.pointer)
  }

  @Test("A rating is from 1 to 5")
  func stars() {
    for rating in 1...5 { #expect(pointers(rating: rating).isEmpty) }
    for rating in [Int.min, -1, 0, 6, Int.max] { #expect(pointers(rating: rating) == ["/rating"]) }
  }

  @Test("A text may be empty and contain line feeds, up to 1,000 characters")
  func texts() {
    #expect(pointers(text: String(repeating: "가", count: 1000)).isEmpty)
    #expect(pointers(text: "첫째 줄\n둘째 줄").isEmpty)
    #expect(pointers(text: String(repeating: "가", count: 1001)) == ["/text"])
    #expect(pointers(text: "a\u{7}b") == ["/text"])
    #expect(pointers(rating: 0, text: "\t") == ["/rating", "/text"])
  }

  @Test("A reply must not be blank")
  func replies() {
    #expect(ReviewRules.reply.error(in: "감사합니다", at: "/text") == nil)
    for text in ["", " ", "\n", String(repeating: "a", count: 1001), "\u{1b}"] {
      #expect(ReviewRules.reply.error(in: text, at: "/text")?.pointer == "/text")
    }
  }

  @Test("Only the customer of a delivered order is invited", arguments: OrderStatus.allCases)
  func invitations(_ status: OrderStatus) throws {
    let order = Order.sample(status: status)
    #expect(throws: ReviewError.unknownOrder) { try Invitation(to: .fresh(), for: order) }
    #expect(throws: ReviewError.unknownOrder) { try Invitation(to: .fresh(), for: nil) }
    guard status == .delivered else {
      #expect(throws: ReviewError.notDelivered(status)) { try Invitation(to: order.customerId, for: order) }
      return
    }
    let invitation = try Invitation(to: order.customerId, for: order)
    #expect(
      invitation
        == Invitation(
          orderId: order.id, customerId: order.customerId, shopId: order.shopId, ownerId: order.ownerId,
          deliveredAt: order.timeline[1].at))
  }
}
