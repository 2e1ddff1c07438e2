public import NIOCore

/// Runs tasks on an event loop's own thread: a task that only waits for other sockets of the loop never changes threads, and no
/// other thread has to be woken for it.
///
/// Tasks on it must not block, and a long computation in one delays everything else on the loop.
public final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  public init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
