using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Answers with what arrived, to those who may ask.</summary>
[Authorize]
[DisableGrpcWeb]
internal sealed class GuardedLibraryService : Library.Library.LibraryBase
{
    public override Task<Book> GetBook(Book request, ServerCallContext context) => Task.FromResult(request);

    [AllowAnonymous]
    public override Task<Book> ReadBook(Book request, ServerCallContext context) => Task.FromResult(request);

    [Authorize(Roles = "admin")]
    public override Task<Query> Search(Query request, ServerCallContext context) => Task.FromResult(request);
}
