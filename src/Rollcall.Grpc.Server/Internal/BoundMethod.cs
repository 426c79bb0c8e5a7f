using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>A method ready to be mapped.</summary>
/// <param name="Method">The method.</param>
/// <param name="Handler">What runs its calls.</param>
/// <param name="Attributes">Attributes of class and method, which become metadata of the endpoint.</param>
/// <param name="RequestType">Class of the request messages.</param>
/// <param name="ResponseType">Class of the response messages.</param>
internal sealed record BoundMethod(IMethod Method, CallHandler Handler, IReadOnlyList<object> Attributes, Type RequestType, Type ResponseType);
