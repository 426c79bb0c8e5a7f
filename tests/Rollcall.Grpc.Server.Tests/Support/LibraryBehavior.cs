using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What a test replaces of <see cref="LibraryService"/>.</summary>
internal sealed class LibraryBehavior
{
    public UnaryServerMethod<Book, Book> GetBook { get; set; } = (request, _) => Task.FromResult(request);

    public UnaryServerMethod<Book, Book> CreateBook { get; set; } = (request, _) => Task.FromResult(request);

    public UnaryServerMethod<Query, ListBooksReply> Page { get; set; } = (_, _) => Task.FromResult(new ListBooksReply());

    public ServerStreamingServerMethod<Query, Book> ListBooks { get; set; } = async (request, responses, _) =>
    {
        for (var i = 0; i < request.Int32Value; i++)
        {
            await responses.WriteAsync(new Book { Name = $"{i}" });
        }
    };
}
