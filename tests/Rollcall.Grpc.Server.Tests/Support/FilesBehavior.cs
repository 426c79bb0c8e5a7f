using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Bodies;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What a test replaces of <see cref="FilesService"/>.</summary>
internal sealed class FilesBehavior
{
    public Func<IServerStreamWriter<HttpBody>, Task> Read { get; set; } = _ => Task.CompletedTask;
}
