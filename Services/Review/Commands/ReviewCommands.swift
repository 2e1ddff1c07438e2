/// The use cases of reviews.
struct ReviewCommands: Sendable {
  let post: PostReview
  let reply: ReplyToReview
  let delete: DeleteReview

  init(store: any ReviewStore, orders: any OrderSource) {
    post = PostReview(store: store, orders: orders)
    reply = ReplyToReview(store: store)
    delete = DeleteReview(store: store)
  }
}
