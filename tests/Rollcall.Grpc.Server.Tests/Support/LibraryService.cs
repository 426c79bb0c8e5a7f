using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Answers with what arrived, so that a test sees how a request was bound.</summary>
internal sealed class LibraryService(LibraryBehavior behavior) : Library.Library.LibraryBase
{
    public override Task<Book> GetBook(Book request, ServerCallContext context) => behavior.GetBook(request, context);

    public override Task<Book> ReadBook(Book request, ServerCallContext context)
    {
        request.Title = "read";
        return Task.FromResult(request);
    }

    public override Task<Query> Search(Query request, ServerCallContext context) => Task.FromResult(request);

    public override Task<Book> CreateBook(Book request, ServerCallContext context) => behavior.CreateBook(request, context);

    public override Task<UpdateBookRequest> UpdateBook(UpdateBookRequest request, ServerCallContext context) => Task.FromResult(request);

    public override Task<SetAuthorsRequest> SetAuthors(SetAuthorsRequest request, ServerCallContext context) => Task.FromResult(request);

    public override Task<Book> DeleteBook(Book request, ServerCallContext context) => Task.FromResult(request);

    public override Task ListBooks(Query request, IServerStreamWriter<Book> responseStream, ServerCallContext context) =>
        behavior.ListBooks(request, responseStream, context);

    public override Task<ListBooksReply> Page(Query request, ServerCallContext context) => behavior.Page(request, context);
}
