namespace Rollcall.Grpc;

/// <summary>
/// Target of a handler's delegate that stands in front of another handler, as those of an intercepted definition do. A server that maps the
/// definition takes the attributes of the innermost handler's class and method; a delegate that hides its handler otherwise loses them.
/// </summary>
public interface IInterceptedHandler
{
    /// <summary>The handler behind; null where the definition has none.</summary>
    Delegate? Inner { get; }
}
