using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Hello;
using Rollcall.Grpc.Server.Tests.Journals;

namespace Rollcall.Grpc.Server.Tests;

internal sealed class JournalService : Journal.JournalBase
{
    public override Task<Memory> Note(Memory request, ServerCallContext context) => Task.FromResult(request);
}
