using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Bodies;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Gives back what it gets; what is read is the test's.</summary>
internal sealed class FilesService(FilesBehavior behavior) : Files.FilesBase
{
    public override Task<HttpBody> Echo(HttpBody request, ServerCallContext context) => Task.FromResult(request);

    public override Task<Bodies.File> Put(Bodies.File request, ServerCallContext context) => Task.FromResult(request);

    public override Task Read(Bodies.File request, IServerStreamWriter<HttpBody> responseStream, ServerCallContext context) =>
        behavior.Read(responseStream);
}
