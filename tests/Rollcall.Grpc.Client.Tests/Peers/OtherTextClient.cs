using Grpc.Core;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Another type of client of the same methods.</summary>
internal sealed class OtherTextClient(CallInvoker invoker) : TextClient(invoker);
