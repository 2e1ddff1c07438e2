import Contracts
import Idempotency
import Synchronization
import Testing

@testable import ReviewService

@Suite("Review: posting")
struct PostReviewTests {
  private let order = Order.sample()
  private var review: NewReview { NewReview(orderId: order.id, rating: 5, text: "") }

  @Test("With an invitation the order service is not called")
  func invited() async throws {
    let (store, orders) = (FakeReviewStore(invited: [order.id]), FakeOrders(.success(order)))
    _ = try await PostReview(store: store, orders: orders)(review, by: order.customerId, request: nil)
    #expect(orders.calls == 0)
    #expect(store.attempts == 1)
  }

  @Test("Without an invitation the order is fetched once, the invitation is stored, and the review is posted")
  func fetches() async throws {
    let (store, orders) = (FakeReviewStore(), FakeOrders(.success(order)))
    _ = try await PostReview(store: store, orders: orders)(review, by: order.customerId, request: nil)
    #expect(orders.calls == 1)
    #expect(store.attempts == 2)
    #expect(store.invitations == [order.id])
  }

  @Test("An order that does not permit the review is not stored as an invitation")
  func rejects() async throws {
    let pickedUp = Order.sample(order.id, customer: order.customerId, status: .pickedUp)
    let results: [(Result<Order?, ReviewError>, ReviewError)] = [
      (.success(nil), .unknownOrder), (.success(.sample(order.id)), .unknownOrder),
      (.success(pickedUp), .notDelivered(.pickedUp)),
      (.failure(.orderUnavailable), .orderUnavailable),
    ]
    for (result, expected) in results {
      let store = FakeReviewStore()
      let post = PostReview(store: store, orders: FakeOrders(result))
      await #expect(throws: expected) { try await post(review, by: order.customerId, request: nil) }
      #expect(store.invitations.isEmpty)
      #expect(store.attempts == 1)
    }
  }
}

/// Returns the same order, or fails, for every id.
private final class FakeOrders: OrderSource {
  private let result: Result<Order?, ReviewError>
  private let count = Atomic(0)
  var calls: Int { count.load(ordering: .relaxed) }

  init(_ result: Result<Order?, ReviewError>) {
    self.result = result
  }

  func order(_ id: Identifier) throws -> Order? {
    count.add(1, ordering: .relaxed)
    return try result.get()
  }
}

/// A review store in memory that accepts reviews of orders with an invitation; reads are empty.
private final class FakeReviewStore: ReviewStore {
  private struct State {
    var invitations: Set<Identifier>
    var attempts = 0
  }

  private let state: Mutex<State>
  /// The orders with an invitation.
  var invitations: Set<Identifier> { state.withLock { $0.invitations } }
  /// How often a review was posted, successfully or not.
  var attempts: Int { state.withLock { $0.attempts } }

  init(invited: Set<Identifier> = []) {
    state = Mutex(State(invitations: invited))
  }

  func post(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) throws -> Document {
    let isInvited = state.withLock { state in
      state.attempts += 1
      return state.invitations.contains(review.orderId)
    }
    guard isInvited else { throw ReviewError.notInvited }
    return Document(id: .fresh(), version: 1, json: [])
  }

  func invite(_ invitations: [Invitation]) {
    state.withLock { $0.invitations.formUnion(invitations.map(\.orderId)) }
  }

  func reply(_ text: String, by owner: Identifier, to target: ReviewTarget) throws -> Document { throw ReviewError.unknownReview }
  func delete(_ target: ReviewTarget, by customer: Identifier?) throws { throw ReviewError.unknownReview }
  func review(_ id: Identifier) throws -> Document { throw ReviewError.unknownReview }
  func reviews(_ ids: [Identifier]) -> [Document] { [] }
  func reviews(ofShop shop: Identifier, before cursor: Identifier?, limit: Int) -> [Document] { [] }
  func reviewVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) -> [AggregateVersion] { [] }
  func ratings(ofShops shops: [Identifier]) -> [Document] { [] }
  func ratingVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) -> [AggregateVersion] { [] }
  func openInvitations(of customer: Identifier, before cursor: Identifier?, limit: Int) -> [Document] { [] }
}
